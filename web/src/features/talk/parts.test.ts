import { expect, test } from 'vitest';
import { partsOf } from './parts';

const typesOf = (parts: { type: string }[]): string[] => parts.map((each) => each.type);

test('a person is their account, what they say, and two pictures', () => {
  const parts = partsOf({ type: 'user', id: 'u' });
  expect(typesOf(parts)).toEqual(['user', 'profile', 'avatar', 'banner']);
  expect(new Set(parts.map((each) => each.id))).toEqual(new Set(['u']));
});

test('what has a cover has one by its own id', () => {
  for (const type of ['track', 'release', 'playlist'] as const) {
    expect(partsOf({ type, id: 'i' })[1]).toEqual({ type: 'image', id: 'i', number: null });
  }
  expect(typesOf(partsOf({ type: 'stream', id: 'i' }))).toEqual(['stream']);
});

test('pictures of a post have ids of their own, and numbers if they are several', () => {
  expect(partsOf({ type: 'post', id: 'p', images: ['a'] }).slice(1)).toEqual([{ type: 'image', id: 'a', number: null }]);
  const several = partsOf({ type: 'post', id: 'p', images: ['a', 'b'] }).slice(1);
  expect(several.map((each) => [each.id, each.number])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});
