import { expect, test } from 'vitest';
import { type ProfilePage, groupCredits, hostOf, isEmpty, listParts, pathOf, readPart } from './parts';

const NOTHING = { releases: 0, tracks: 0, products: 0, posts: 0, playlists: 0, shows: 0, appearances: 0, credits: 0 };

function profileWith(contents: Partial<typeof NOTHING>, kind = 'artist'): ProfilePage {
  return { kind, contents: { ...NOTHING, ...contents } } as ProfilePage;
}

test('a part is named in the address, the overview is without', () => {
  expect(readPart(new URLSearchParams('part=shop'))).toBe('shop');
  for (const query of ['', 'part=', 'part=nothing']) expect(readPart(new URLSearchParams(query))).toBe('overview');
  expect(pathOf('mira', 'overview')).toBe('/artists/mira');
  expect(pathOf('mira', 'posts')).toBe('/artists/mira?part=posts');
});

test('a part without content is not there', () => {
  expect(listParts(profileWith({ tracks: 14, products: 4 }))).toEqual([
    { part: 'overview', count: null },
    { part: 'tracks', count: 14 },
    { part: 'shop', count: 4 },
    { part: 'about', count: null },
  ]);
  expect(isEmpty(profileWith({}))).toBe(true);
  expect(isEmpty(profileWith({ posts: 1 }))).toBe(false);
});

test('a podcast has its shows first', () => {
  const parts = listParts(profileWith({ tracks: 3, shows: 1, posts: 2 }, 'podcast')).map(({ part }) => part);
  expect(parts).toEqual(['overview', 'shows', 'tracks', 'posts', 'about']);
});

test('a link without a label is called by its host', () => {
  expect(hostOf('https://www.example.com/a?b#c')).toBe('example.com');
  expect(hostOf('https://mira.example.org/')).toBe('mira.example.org');
});

test('several roles on one track are one contribution', () => {
  const [track, release] = [{ id: 'a' }, { id: 'b' }];
  const credits = [
    { role: 'producer', track },
    { role: 'mixing', release },
    { role: 'performer', instrument: 'cello', track },
  ] as unknown as Parameters<typeof groupCredits>[0];
  expect(groupCredits(credits).map(({ path, roles }) => [path, roles.map((each) => each.role)])).toEqual([
    ['/tracks/a', ['producer', 'performer']],
    ['/releases/b', ['mixing']],
  ]);
});
