import { expect, test } from 'vitest';
import { chapterAt, readPlace, writePlace } from './recordings';

test('places are read as people type them', () => {
  expect(['0', '12', '1:05', '1:02:03', ' 2:03.5 ', '90:00'].map(readPlace)).toEqual([0, 12_000, 65_000, 3_723_000, 123_500, 5_400_000]);
  expect(['', 'x', '1:', '1:2:3:4', '-1', '1.5:00', '1e3', '1:05.1234'].map(readPlace)).toEqual(Array(8).fill(null));
});

test('places are written so that they are read the same', () => {
  for (const ms of [0, 900, 12_000, 65_000, 3_599_900, 3_600_000, 36_123_400]) expect(readPlace(writePlace(ms))).toBe(ms);
  expect([0, 65_400, 3_600_000].map(writePlace)).toEqual(['0:00', '1:05.4', '1:00:00']);
});

test('the chapter of a place is the last that began', () => {
  const chapters = [0, 5000, 9000].map((start_ms) => ({ title: 'One', start_ms }));
  expect([0, 4999, 5000, 99_000].map((ms) => chapterAt(chapters, ms))).toEqual([0, 0, 1, 2]);
  expect(chapterAt(chapters.slice(1), 4000)).toBe(-1);
});
