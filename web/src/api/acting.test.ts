import document from '$generated/openapi.json?raw';
import { beforeEach, expect, test, vi } from 'vitest';

const stored = new Map<string, string>();
vi.stubGlobal('sessionStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
  removeItem: (key: string) => stored.delete(key),
});

const ID = '0190a1b2-0000-7000-8000-00000000000b';
const BAND = { accountId: 'a', id: ID, handle: 'ferry', display_name: 'Ferry', avatar_url: null };

beforeEach(() => {
  stored.clear();
  vi.resetModules();
});

test('the choice lasts as long as the tab, and ends with it', async () => {
  const { actAs, profileHeaders } = await import('./acting.svelte');
  expect(profileHeaders()).toEqual({});
  actAs(BAND);
  vi.resetModules();
  const reloaded = await import('./acting.svelte');
  reloaded.restoreActing();
  expect([reloaded.acting.profile, reloaded.profileHeaders()]).toEqual([BAND, { 'x-veza-profile': ID }]);
  reloaded.actAs(null);
  expect([reloaded.profileHeaders(), stored.size]).toEqual([{}, 0]);
});

test('what is about the account is requested as the account', async () => {
  const { isOfAccount } = await import('./acting.svelte');
  const requests = (lines: string): boolean[] =>
    lines
      .trim()
      .split('\n')
      .map((line) => isOfAccount(line.trim().split(' ')[0] ?? '', `/api/v1/${line.trim().split(' ')[1] ?? ''}`));
  const ofAccounts = requests(`
    GET users/me
    PUT users/me/password
    GET users/me/profiles
    GET users/me/blocks
    POST profiles
    PUT profiles/${ID}
    GET profiles/${ID}/members
    POST profile-invitations/${ID}/accept
    POST auth/step-up
    GET sessions
    GET notifications/preferences/push
    PUT users/me/library/settings
    DELETE users/me/library/history
    GET admin/users
    GET chat/token
  `);
  expect(ofAccounts).not.toContain(false);
  const others = requests(`
    POST social/posts
    POST uploads
    GET users/me/playlists
    GET users/me/likes
    GET users/me/library/history
    GET notifications
    GET notifications/unread
    GET profiles/by-handle/ferry
    GET users/metro/tracks
    GET conversations
  `);
  expect(others).not.toContain(true);
});

/** Return the operations that take a profile, or those that take none. */
function operations(takesProfile: boolean): [method: string, path: string][] {
  type Parameters = { $ref?: string }[];
  type Methods = Record<string, { parameters?: Parameters }>;
  const { paths } = JSON.parse(document) as { paths: Record<string, Methods & { parameters?: Parameters }> };
  return Object.entries(paths).flatMap(([path, { parameters: common = [], ...methods }]) =>
    Object.entries(methods as Methods)
      .filter(
        ([, { parameters = [] }]) =>
          [...common, ...parameters].some((one) => one.$ref === '#/components/parameters/Profile') === takesProfile,
      )
      .map(([method]): [string, string] => [method.toUpperCase(), path.replace(/\{\w+\}/g, ID)]),
  );
}

test('no request names a profile that the server takes for accounts alone', async () => {
  const { isOfAccount } = await import('./acting.svelte');
  expect(operations(false).filter(([method, path]) => !isOfAccount(method, path))).toEqual([]);
});

test('what is sent for the account by choice is what the server takes of a profile, too', async () => {
  const { CHOSEN_FOR_ACCOUNTS } = await import('./acting.svelte');
  const taken = operations(true).map(([method, path]) => `${method} ${path.replace('/api/v1/', '')}`);
  const stale = CHOSEN_FOR_ACCOUNTS.filter((each) => !taken.some((one) => new RegExp(`^${each}`).test(one)));
  expect(stale).toEqual([]);
});

test('the choice is held while something is sent', async () => {
  const { holdWhile, isHeld } = await import('./acting.svelte');
  let isBusy = true;
  holdWhile(() => isBusy);
  expect(isHeld()).toBe(true);
  isBusy = false;
  expect(isHeld()).toBe(false);
});

test('links and elements name the profile in their address', async () => {
  const { actAs, asActing } = await import('./acting.svelte');
  expect(asActing('/file')).toBe('/file');
  actAs(BAND);
  expect([asActing('/file'), asActing('/file?show=true')]).toEqual([`/file?profile=${ID}`, `/file?show=true&profile=${ID}`]);
});
