import { expect, test } from 'vitest';
import { type BundleDetails, dueOf, priceTogether, savedShare } from './bundle';

test.each([
  [[1000, 2000], { percent: 20 }, 2400],
  [[1000, 2000], { cents: 1500 }, 1500],
  [[1000, 2000], { cents: 9000 }, 3000],
  [[50], { percent: 99 }, 0],
  [[1000], { percent: 99 }, 50],
  [[50, 75], { percent: 50 }, 62],
  [[75, 102], { percent: 50 }, 88],
  [[], { percent: 50 }, 0],
  [[0, 0], { cents: 500 }, 0],
])('%j with %j costs %i', (prices, terms, cents) => {
  expect(priceTogether(prices, terms)).toBe(cents);
});

test.each([
  [6000, 4800, 0.2],
  [6000, 4001, 0.33],
  [6000, 6000, 0],
  [0, 0, 0],
])('of %i for %i no more is promised than is saved', (list_cents, total_cents, share) => {
  expect(savedShare({ list_cents, total_cents })).toBe(share);
});

function bundle(...owned: boolean[]): BundleDetails {
  const items = owned.map((is_owned, index) => ({
    product: { id: `p${String(index)}`, title: 'One', price_cents: 1000, currency: 'EUR' },
    price_cents: 800,
    is_owned,
  }));
  return { currency: 'EUR', due_cents: 800 * owned.filter((each) => !each).length, items } as unknown as BundleDetails;
}

test('what is owned is not ordered', () => {
  const group = dueOf(bundle(true, false, false));
  expect(group?.lines.map((line) => [line.item.productId, line.cents, line.problem])).toEqual([
    ['p1', 800, null],
    ['p2', 800, null],
  ]);
  expect(group?.totalCents).toBe(1600);
  expect(dueOf(bundle(true, true))).toBeNull();
});
