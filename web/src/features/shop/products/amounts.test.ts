import { expect, test } from 'vitest';
import { parseAmount, writeAmount } from './amounts';

test.each([
  ['7', 'EUR', 700],
  ['7.5', 'EUR', 750],
  ['7,50', 'EUR', 750],
  ['0.29', 'EUR', 29],
  ['1.234,56', 'EUR', 123_456],
  ['1,234.56', 'EUR', 123_456],
  ['1 234,5', 'EUR', 123_450],
  ['1’234.50', 'CHF', 123_450],
  ['1.500', 'EUR', 150_000],
  ['500', 'JPY', 500],
])('%s %s is %d', (text, currency, minor) => {
  expect(parseAmount(text, currency)).toBe(minor);
});

test.each([
  ['', 'EUR'],
  ['-5', 'EUR'],
  ['5 EUR', 'EUR'],
  ['1e3', 'EUR'],
  ['5.5', 'JPY'],
  ['12345678901', 'EUR'],
  ['1.2.3', 'EUR'],
])('%s %s is no amount', (text, currency) => {
  expect(parseAmount(text, currency)).toBeNull();
});

test('what is written is read again', () => {
  for (const language of ['en', 'de', 'fr', 'es']) {
    for (const minor of [0, 1, 29, 750, 1_999, 1_234_567]) expect(parseAmount(writeAmount(minor, 'EUR', language), 'EUR')).toBe(minor);
  }
});
