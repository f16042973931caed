// Calls ten operations by openapi-fetch, with the types that openapi-typescript generates.
import createClient from 'openapi-fetch';
import type { paths } from './schema';

declare const process: { argv: string[] };
const [baseUrl, name, password] = process.argv.slice(2);

function ensure(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

async function main(): Promise<void> {
  const headers: Record<string, string> = {};
  const api = createClient<paths>({ baseUrl });

  const form = { username: name, email: `${name}@example.com`, password };
  const joined = await api.POST('/api/v1/auth/register', { body: form });
  ensure(joined.response.status === 201, JSON.stringify(joined.error));
  const body = { email: form.email, password: 'not this one' };
  const wrong = await api.POST('/api/v1/auth/login', { body });
  ensure(wrong.error?.success === false && wrong.error.code === 'invalid_credentials', 'login');

  const signedIn = await api.POST('/api/v1/auth/login', { body: { ...body, password } });
  ensure(signedIn.data?.success && 'access_token' in signedIn.data.data, 'login');
  headers.Authorization = `Bearer ${signedIn.data.data.access_token}`;
  const me = await api.GET('/api/v1/users/me', { headers });
  ensure(me.data?.data.username === name, 'account');
  const changed = await api.PUT('/api/v1/users/me', { headers, body: { bio: 'Generated.' } });
  ensure(changed.data?.data.bio === 'Generated.', 'change');
  const key = { name: 'A program', scopes: ['read' as const] };
  ensure((await api.POST('/api/v1/developer/api-keys', { headers, body: key })).data, 'key');

  const add = (gear: string) => api.POST('/api/v1/inventory/gear', { headers, body: { name: gear } });
  ensure((await add('')).error?.details?.[0]?.field === 'name', 'fields of a refusal');
  const gear = (await add('Juno-106')).data;
  ensure(gear, 'add');
  const one = { headers, params: { path: { gear_id: gear.data.id } } };
  ensure((await api.GET('/api/v1/inventory/gear/{gear_id}', one)).data, 'show');
  ensure((await api.GET('/api/v1/inventory/gear', { headers })).data?.data.gear.length === 1, 'list');
  ensure((await api.DELETE('/api/v1/inventory/gear/{gear_id}', one)).data, 'delete');
  const gone = await api.GET('/api/v1/inventory/gear/{gear_id}', one);
  ensure(gone.error?.code === 'gear_not_found', 'gone');
  const tracks = await api.GET('/api/v1/tracks', { params: { query: { limit: 1 } } });
  ensure(tracks.data?.data.tracks, 'tracks');
}

void main();
