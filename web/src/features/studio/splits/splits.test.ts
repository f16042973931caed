import { expect, test } from 'vitest';
import { type Part, compare, divide, equalParts, formatPercent, netOf, parsePercent, sumOf, targetOf, writePercent } from './splits';

test('percent have two decimals, with a point or a comma', () => {
  expect(['33.33', '33,3', ' 50 % ', '100', '0.01'].map(parsePercent)).toEqual([3333, 3330, 5000, 10_000, 1]);
  expect(['', '0', '100.01', '33.333', '-5', '1.000', 'a'].map(parsePercent)).toEqual(Array(7).fill(null));
  for (const parts of [1, 250, 3333, 9999]) {
    for (const language of ['en', 'de', 'fr', 'es']) expect(parsePercent(writePercent(parts, language))).toBe(parts);
  }
  expect(formatPercent(4550, 'en')).toBe('45.50%');
});

test('the sum is exact, and equal parts are the whole', () => {
  const rows = ['33.33', '33.33', '33.34', 'x'].map((text) => ({ text, person: {} as never }));
  expect(sumOf(rows)).toBe(10_000);
  expect([equalParts(1), equalParts(3)]).toEqual([[10_000], [3334, 3333, 3333]]);
  expect(equalParts(7).reduce((sum, each) => sum + each, 0)).toBe(10_000);
});

test('the fee is rounded as the server does it', () => {
  expect([netOf(600, 0.1), netOf(1001, 0.1), netOf(5, 0.1), netOf(15, 0.1), netOf(0, 0.1), netOf(999, 0)]).toEqual([
    540, 901, 5, 13, 0, 999,
  ]);
});

test('amounts are the whole, and remaining cents go to the largest remainders, first ones first', () => {
  expect(divide(540, [5000, 3000, 2000])).toEqual([270, 162, 108]);
  expect(divide(100, [3334, 3333, 3333])).toEqual([34, 33, 33]);
  expect(divide(1, [5000, 5000])).toEqual([1, 0]);
  expect(divide(3, [1000, 4500, 4500])).toEqual([0, 2, 1]);
  expect(divide(0, [10_000])).toEqual([0]);
});

test('who loses a part is there as well', () => {
  const part = (profile_id: string, parts_per_10000: number): Part => ({ profile_id, profile: null, parts_per_10000 });
  expect(compare([part('a', 6000), part('b', 4000)], [part('c', 1000), part('a', 9000)])).toEqual([
    { person: null, before: 0, after: 1000 },
    { person: null, before: 6000, after: 9000 },
    { person: null, before: 4000, after: 0 },
  ]);
});

test('a row of the list is of a product, a release, or tips and memberships', () => {
  const row = { title: 'Nova', own_parts: 10_000, proposed_parts: null, has_accepted: false };
  const [none, id] = [{ product_id: null, release_id: null, profile_id: null }, 'x'];
  expect(targetOf({ ...row, ...none, product_id: id })).toEqual({ kind: 'products', id });
  expect(targetOf({ ...row, ...none, release_id: id })).toEqual({ kind: 'releases', id });
  expect(targetOf({ ...row, ...none, profile_id: id })).toEqual({ kind: 'profiles', id });
});
