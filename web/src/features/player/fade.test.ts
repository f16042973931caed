import { expect, test } from 'vitest';
import { fadeBetween, gainsAt } from './fade';
import type { Playable } from './queue';

function track(durationSeconds: number | null, album?: string): Playable {
  return { durationSeconds, ...(album === undefined ? {} : { album }) } as Playable;
}

test('tracks fade into each other, those of one album do not', () => {
  expect(fadeBetween(track(200), track(200), 6)).toBe(6);
  expect(fadeBetween(track(200, 'a'), track(200, 'a'), 6)).toBe(0);
  expect(fadeBetween(track(200, 'a'), track(200, 'b'), 6)).toBe(6);
  expect(fadeBetween(track(200), track(9), 6)).toBe(3);
  expect(fadeBetween(track(null), track(null), 6)).toBe(6);
  expect(fadeBetween(null, track(200), 6)).toBe(0);
});

test('both together are as loud as one', () => {
  expect(gainsAt(0)).toEqual([1, 0]);
  for (const share of [0.1, 0.5, 0.8]) {
    const [ending, beginning] = gainsAt(share);
    expect(ending ** 2 + beginning ** 2).toBeCloseTo(1);
  }
  expect(gainsAt(2)[1]).toBe(1);
});
