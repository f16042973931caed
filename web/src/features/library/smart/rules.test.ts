import { expect, test } from 'vitest';
import { type SmartRules, draftOf, rulesOf, split } from './rules';

test('a form and its rules say the same', () => {
  const rules = {
    genres: ['ambient'],
    tags: ['tape loops', 'sea'],
    artist_ids: ['1'],
    liked: false,
    min_rating: 4,
    min_plays: 0,
    played_within_days: 30,
    min_year: 1999,
    sort: 'plays_count',
    order: 'asc',
    limit: 50,
  } as unknown as SmartRules;
  const draft = draftOf(rules, ['ada']);
  expect(draft).toMatchObject({ genres: 'ambient', tags: 'tape loops, sea', artists: 'ada', liked: 'no', minPlays: '0', limit: '50' });
  expect(rulesOf(draft, rules, ['1'], 7)).toMatchObject(rules);
  expect(rulesOf({ ...draft, minYear: ' ', liked: '' }, rules, [], 7)).toMatchObject({ min_year: null, liked: null, artist_ids: [] });
});

test('a new playlist takes the latest hundred, and shuffling draws once', () => {
  const draft = draftOf(null);
  expect(rulesOf(draft, null, [], 7)).toMatchObject({ genres: [], sort: 'created_at', order: 'desc', limit: 100 });
  const shuffled = rulesOf({ ...draft, sort: 'shuffle' }, null, [], 7);
  expect(shuffled.seed).toBe(7);
  expect(rulesOf({ ...draft, sort: 'shuffle' }, shuffled, [], 8).seed).toBe(7);
});

test('names are separated by commas', () => {
  expect(split(' #sea, @ada;; sea\nnight ')).toEqual(['sea', 'ada', 'night']);
});
