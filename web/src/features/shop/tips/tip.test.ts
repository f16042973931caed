import { expect, test } from 'vitest';
import { readSuggestions, readTip } from './tip';

test('an amount is read within the limits of a payment', () => {
  expect(readTip('5', 'EUR')).toBe(500);
  expect(readTip('7,50', 'EUR')).toBe(750);
  for (const wrong of ['', 'five', '0.49', '-5', '1000000.01']) expect(readTip(wrong, 'EUR')).toBeNull();
});

test('suggestions are those that are written, at least one', () => {
  expect(readSuggestions(['3', '', ' ', '5.00', ''], 'EUR')).toEqual([300, 500]);
  expect(readSuggestions(['', ''], 'EUR')).toBeNull();
  expect(readSuggestions(['3', 'x'], 'EUR')).toBeNull();
});
