import { expect, test } from 'vitest';
import type { Product } from '../products';
import { type BundleDraft, contentsOf, draftOf, formOf, hasEnough, previewOf, termsOf } from './draft';

function product(id: string, price_cents: number, more: Partial<Product> = {}): Product {
  return { id, price_cents, currency: 'EUR', type: 'album', status: 'published', ...more } as Product;
}

const ON_SALE = [
  product('a', 1000),
  product('b', 500, { type: 'track' }),
  product('c', 2000),
  product('d', 700, { currency: 'USD' }),
  product('e', 700, { status: 'draft' }),
];

function draft(more: Partial<BundleDraft> = {}): BundleDraft {
  return { ...draftOf(null, 'EUR', 'en'), title: ' All ', ...more };
}

test.each([
  ['20', { percent: 20 }],
  ['0', null],
  ['100', null],
  ['2.5', null],
  ['', null],
])('%j percent are %j', (percent, terms) => {
  expect(termsOf(draft({ percent }))).toEqual(terms);
});

test.each([
  ['15', { cents: 1500 }],
  ['0', { cents: 0 }],
  ['all', null],
])('a price of %j is %j', (price, terms) => {
  expect(termsOf(draft({ isPercent: false, price }))).toEqual(terms);
});

test('what is for sale in the currency is in a bundle of all', () => {
  const ids = (found: Product[]): string[] => found.map((each) => each.id);
  expect(ids(contentsOf(draft(), ON_SALE))).toEqual(['a', 'c']);
  expect(ids(contentsOf(draft({ contents: 'all_products' }), ON_SALE))).toEqual(['a', 'b', 'c']);
  expect(ids(contentsOf(draft({ contents: 'products', chosen: ['c', 'gone', 'b'] }), ON_SALE))).toEqual(['c', 'b']);
});

test('the resulting price is shown', () => {
  expect(previewOf(draft(), ON_SALE)).toEqual({ count: 2, list_cents: 3000, total_cents: 2400 });
  expect(previewOf(draft({ percent: '' }), ON_SALE)).toBeNull();
  expect(previewOf(draft({ currency: 'CHF' }), ON_SALE)).toBeNull();
});

test('a form sends a percentage or a price, and only chosen products', () => {
  const chosen = draft({ contents: 'products', chosen: ['a', 'c'] });
  expect(formOf(chosen, { cents: 1500 })).toMatchObject({ title: 'All', product_ids: ['a', 'c'], price_cents: 1500, percent_off: null });
  expect(formOf(draft({ chosen: ['a', 'c'] }), { percent: 20 })).toMatchObject({ product_ids: [], price_cents: null, percent_off: 20 });
  expect([hasEnough(chosen), hasEnough(draft({ contents: 'products', chosen: ['a'] })), hasEnough(draft())]).toEqual([true, false, true]);
});
