import { expect, test } from 'vitest';
import { readPrices, readStock, stockOf } from './products';

test('a stock is a whole number, or nothing for no limit', () => {
  expect(['', ' ', '0', ' 10 '].map(readStock)).toEqual([null, null, 0, 10]);
  for (const wrong of ['-1', '1.5', 'ten', '1000001', '1e3']) expect(readStock(wrong)).toBeUndefined();
});

test('a stock that was not changed is not sent: some may be sold meanwhile', () => {
  expect(stockOf(10, 10)).toEqual({});
  expect(stockOf(null, null)).toEqual({});
  expect(stockOf(12, 10)).toEqual({ stock: 12, stock_seen: 10 });
  expect(stockOf(null, 0)).toEqual({ stock: null, stock_seen: 0 });
});

test('prices are read in their currencies', () => {
  expect(readPrices([{ currency: 'CHF', price: '13,50' }])).toEqual([{ currency: 'CHF', price_cents: 1350 }]);
  expect(readPrices([{ currency: 'chf', price: '13' }])).toBeNull();
  expect(readPrices([{ currency: 'CHF', price: '' }])).toBeNull();
});
