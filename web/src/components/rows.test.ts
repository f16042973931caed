import { expect, test } from 'vitest';
import { rangeOf } from './rows.svelte';

test('a short list is all there', () => {
  expect(rangeOf(150, 60, 0, 900, null)).toEqual({ from: 0, to: 150 });
});

test('of a long list, the visible rows and some more are there', () => {
  expect(rangeOf(10_000, 60, 300, 900, null)).toEqual({ from: 0, to: 40 });
  expect(rangeOf(10_000, 60, -60_000, 900, null)).toEqual({ from: 980, to: 1035 });
  expect(rangeOf(10_000, 60, -600_000, 900, null)).toEqual({ from: 9960, to: 10_000 });
});

test('a row that is kept stays while it is near, and is let go far away', () => {
  expect(rangeOf(10_000, 60, -60_000, 900, 900)).toMatchObject({ from: 900 });
  expect(rangeOf(10_000, 60, -60_000, 900, 1200)).toMatchObject({ to: 1201 });
  expect(rangeOf(10_000, 60, -60_000, 900, 10)).toEqual({ from: 980, to: 1035 });
});
