import { expect, test, vi } from 'vitest';
import { ApiError } from '../../../api/errors';

vi.stubGlobal('navigator', { onLine: true, languages: ['en'] });
vi.stubGlobal('localStorage', { getItem: () => 'en', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

test('managers give only what they may do themselves', async () => {
  const { grantable } = await import('./roles');
  expect(grantable('owner')).toHaveLength(6);
  expect(grantable('manager')).toEqual(['manager', 'editor', 'uploader', 'moderator']);
  expect((['editor', 'uploader', 'moderator', 'finance'] as const).flatMap(grantable)).toEqual([]);
});

test('the only owner is the one whom nobody can replace', async () => {
  const { isOnlyOwner } = await import('./roles');
  const members = [
    { id: 'a', role: 'owner' },
    { id: 'b', role: 'editor' },
  ] as const;
  expect([isOnlyOwner(members, 'a'), isOnlyOwner(members, 'b')]).toEqual([true, false]);
  expect(isOnlyOwner([...members, { id: 'c', role: 'owner' }], 'a')).toBe(false);
});

test('somebody is invited by name or by address', async () => {
  const { inviteeOf } = await import('./roles');
  expect([' ana ', '@ana', 'ana@mail.example'].map(inviteeOf)).toEqual([
    { username: 'ana' },
    { username: 'ana' },
    { email: 'ana@mail.example' },
  ]);
});

test('the link of a mail names an invitation, and nothing else', async () => {
  const { invitationOf } = await import('./roles');
  const id = '0190a1b2-0000-7000-8000-00000000000B';
  expect(invitationOf(`#invitation=${id}`)).toBe(id.toLowerCase());
  expect(['', '#top', '#invitation=', '#invitation=../x', `#other=${id}`].map(invitationOf)).toEqual([null, null, null, null, null]);
});

test('the last owner learns what to do', async () => {
  const { loadMessages } = await import('../../../i18n/index.svelte');
  await loadMessages('settings/profiles');
  const { explainRefusal } = await import('./roles');
  const refused = (code: string): ApiError => new ApiError({ error: 'Server.', code, request_id: 'r1' }, 409);
  expect(explainRefusal(refused('last_owner'))).toContain('another member');
  expect(explainRefusal(refused('anything_else'))).toBe('This was not accepted: check what you entered.');
});

test('a page becomes a part of another one of its owner, and a label only of a label', async () => {
  const { heirsOf } = await import('./roles');
  const page = (id: string, kind: string, role = 'owner', placeholder = false) => ({ id, kind, role, placeholder }) as never;
  const [band, label] = [page('band', 'band'), page('label', 'label')] as { id: string }[];
  const all = [
    page('me', 'person'),
    band,
    label,
    page('old', 'artist'),
    page('theirs', 'artist', 'editor'),
    page('new', 'band', 'owner', true),
  ];
  const heirs = (of: unknown): string[] => heirsOf(of as never, all as never).map((each) => each.id);
  expect(heirs(band)).toEqual(['me', 'old']);
  expect(heirs(label)).toEqual([]);
});
