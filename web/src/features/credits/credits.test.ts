import { expect, test } from 'vitest';
import { type AskedCredits, type Person, changedCredits, draftOfCredits, draftOfTags, formOfCredits, lineOf, spaced } from './credits';

const ada: Person = { id: 'a', username: 'ada', display_name: 'Ada', avatar_url: null };
const brian: Person = { id: 'b', username: 'brian', display_name: 'Brian', avatar_url: null };
const STORED = {
  artists: [
    { profile: ada, name: 'Ada', join: ' feat. ', state: 'confirmed' },
    { profile: brian, name: 'B.', join: '', state: 'pending' },
  ],
  credits: [{ profile: null, name: 'Cat', role: 'performer', instrument: 'cello', state: null }],
} as unknown as AskedCredits;

test('what was read is sent back as it was, or not at all', () => {
  const before = draftOfCredits(STORED);
  expect(formOfCredits(before)).toEqual({
    artists: [
      { name: 'Ada', profile: { id: 'a' }, join: ' feat. ' },
      { name: 'B.', profile: { id: 'b' }, join: '' },
    ],
    credits: [{ name: 'Cat', profile: null, role: 'performer', instrument: 'cello' }],
  });
  expect(changedCredits(before, draftOfCredits(STORED))).toEqual({});
  const after = draftOfCredits(STORED);
  after.artists.reverse();
  expect(changedCredits(before, after)).toEqual({
    artists: [
      { name: 'B.', profile: { id: 'b' }, join: '' },
      { name: 'Ada', profile: { id: 'a' }, join: '' },
    ],
  });
  after.artists = draftOfCredits(STORED).artists;
  for (const each of after.credits) each.role = 'producer';
  // A producer has no instrument.
  expect(changedCredits(before, after)).toEqual({ credits: [{ name: 'Cat', profile: null, role: 'producer' }] });
});

test('rows without a name are left out, and a profile needs none', () => {
  const draft = draftOfCredits(STORED);
  for (const each of draft.artists) each.name = ' ';
  for (const each of draft.credits) each.name = '';
  expect(formOfCredits(draft)).toMatchObject({ artists: [{ name: '' }, { name: '' }], credits: [] });
  expect(lineOf(draft.artists)).toBe('Ada feat. Brian');
});

test('the line is what the server will write', () => {
  const line = (...joins: readonly string[]): string => {
    const { artists } = draftOfTags({ artists: [...joins, ''].map((join, index) => ({ name: 'ABC'[index] ?? '', join })) });
    return lineOf(artists);
  };
  expect([line('feat.'), line(''), line(',', '&'), line('', '')]).toEqual(['A feat. B', 'A & B', 'A, B & C', 'A, B & C']);
  expect([spaced(','), spaced(' vs. '), spaced('')]).toEqual([', ', ' vs. ', '']);
});

test('tags name artists one by one, or in a line', () => {
  expect(draftOfTags({ artist_name: 'Ada & Co' }).artists.map((each) => each.name)).toEqual(['Ada & Co']);
  expect(
    draftOfTags({
      artist_name: 'A & B',
      artists: [
        { name: 'A', join: ' & ' },
        { name: 'B', join: '' },
      ],
    }).artists,
  ).toHaveLength(2);
  expect(draftOfTags({ credits: [{ role: 'mixing', name: 'Cat' }] }).credits).toMatchObject([{ name: 'Cat', role: 'mixing' }]);
});
