// Calls ten operations by the client that hey-api generates. Its one function gives the credential
// for all ways to sign in, so that it goes into each header that the document names.
import { client } from './hey/client.gen';
import * as api from './hey/sdk.gen';

declare const process: { argv: string[] };
const [baseUrl, name, password] = process.argv.slice(2);

function ensure(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

async function main(): Promise<void> {
  let credential = '';
  client.setConfig({ baseUrl, auth: () => credential });

  const form = { username: name, email: `${name}@example.com`, password };
  const joined = await api.register({ body: form });
  ensure(joined.response?.status === 201, JSON.stringify(joined.error));
  const wrong = await api.login({ body: { email: form.email, password: 'not this one' } });
  ensure(wrong.error?.success === false && wrong.error.code === 'invalid_credentials', 'login');
  const invalid = await api.addGear({ body: { name: '' } });
  ensure(invalid.error?.code === 'unauthenticated', 'add without a credential');

  const signedIn = await api.login({ body: { email: form.email, password } });
  ensure(signedIn.data?.success && 'access_token' in signedIn.data.data, 'login');
  credential = signedIn.data.data.access_token;
  const me = await api.showAccount();
  ensure(me.data?.data.username === name, 'account');
  const changed = await api.updateAccount({ body: { bio: 'Generated.' } });
  ensure(changed.data?.data.bio === 'Generated.', 'change');
  const made = await api.createKey({ body: { name: 'A program', scopes: ['read', 'write'] } });
  ensure(made.data, 'key');

  for (const each of [credential, made.data.data.key]) {
    credential = each;
    const refused = await api.addGear({ body: { name: '' } });
    ensure(refused.error?.details?.[0]?.field === 'name', 'fields of a refusal');
    const gear = await api.addGear({ body: { name: 'Juno-106' } });
    ensure(gear.data, JSON.stringify(gear.error));
    const path = { gear_id: gear.data.data.id };
    ensure((await api.showGear({ path })).data?.data.name === 'Juno-106', 'show');
    ensure((await api.listGear()).data?.data.gear.length === 1, 'list');
    ensure((await api.deleteGear({ path })).data, 'delete');
    ensure((await api.showGear({ path })).error?.code === 'gear_not_found', 'gone');
  }
  ensure((await api.listTracks({ query: { limit: 1 } })).data?.data.tracks, 'tracks');
}

void main();
