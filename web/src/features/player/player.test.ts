import { expect, test } from 'vitest';
import { adjustmentOf, volumeOf } from './loudness';
import { Listening } from './plays';

function listen(positions: number[], duration: number | null, ended = false): number[] {
  const reports: number[] = [];
  const listening = new Listening((seconds) => reports.push(seconds));
  for (const position of positions) listening.at(position, duration);
  if (ended) listening.end(duration);
  return reports;
}

function seconds(from: number, to: number): number[] {
  return Array.from({ length: (to - from) * 4 + 1 }, (_, n) => from + n / 4);
}

test('thirty seconds count once', () => {
  expect(listen(seconds(0, 29), 200)).toEqual([]);
  expect(listen(seconds(0, 90), 200)).toEqual([30]);
});

test('what was skipped does not count', () => {
  expect(listen([...seconds(0, 10), ...seconds(180, 199)], 200)).toEqual([]);
  expect(listen([...seconds(0, 15), ...seconds(100, 115.25)], 200)).toEqual([30]);
});

test('a short track counts when all of it was heard', () => {
  expect(listen(seconds(0, 9), 12, true)).toEqual([]);
  expect(listen(seconds(0, 11), 12, true)).toEqual([12]);
  expect(listen([0, 11.9], 12, true)).toEqual([]);
});

test('loud tracks are played softer, and soft ones as they are', () => {
  expect(adjustmentOf(-10)).toBe(-6);
  expect(adjustmentOf(-23)).toBe(0);
  expect(adjustmentOf(null)).toBe(0);
  expect(volumeOf(1, -16)).toBe(1);
  expect(volumeOf(1, -10)).toBeCloseTo(0.501, 3);
  expect(volumeOf(0, -10)).toBe(0);
});
