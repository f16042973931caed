import { expect, test } from 'vitest';
import type { Playable } from '../player/queue';
import { countThere, findMissing, sumBytes, tidy, withItem, withoutItem } from './items';
import type { Index } from './store';
import type { KeptItem } from './supported';

function item(id: string, ...tracks: string[]): KeptItem {
  return { kind: 'release', id, title: id, tracks: tracks.map((each) => ({ id: each }) as Playable) };
}

function index(items: KeptItem[], ...there: string[]): Index {
  const files = Object.fromEntries(there.map((id) => [id, { size: 10, type: 'audio/mp4', hasCover: false }]));
  return { accountId: 'a', limit: 100, items, files };
}

test('what was chosen first arrives first, and each track once', () => {
  const chosen = index([item('second', '3', '2'), item('first', '1', '2')], '1');
  expect(findMissing(chosen).map(({ id }) => id)).toEqual(['2', '3']);
  expect(chosen.items.map((each) => countThere(chosen, each))).toEqual([0, 1]);
  expect(sumBytes(chosen)).toBe(10);
});

test('a track that something else needs stays', () => {
  const chosen = index([item('b', '2', '3'), item('a', '1', '2')], '1', '2', '3');
  const left = withoutItem(chosen, 'a');
  expect(left.gone).toEqual(['1']);
  expect(Object.keys(left.index.files)).toEqual(['2', '3']);
  expect(withoutItem(left.index, 'b').gone).toEqual(['2', '3']);
});

test('what is kept again has its present tracks, at its place', () => {
  const chosen = index([item('b', '2'), item('a', '1')], '1', '2');
  const changed = withItem(chosen, item('a', '4'));
  expect(changed.items.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(tidy(changed).gone).toEqual(['1']);
  expect(withItem(chosen, item('c')).items.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});
