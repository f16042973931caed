import { describe, expect, test } from 'vitest';
import { type CartItem, MAX_ITEMS, type Product, groupLines, merge, parseCart, sellersOf, toItem, toLine, withItem, without } from './cart';

const PRODUCT: Product = {
  id: 'a',
  title: 'Night Ferry',
  description: '',
  type: 'album',
  price_cents: 700,
  currency: 'EUR',
  licence: '',
  pricing: 'fixed',
  stock: null,
  service: null,
  is_sold_out: false,
  has_variants: false,
  is_sold_exclusively: false,
  prices: [],
  status: 'published',
  seller: { id: 's', username: 'harbour', display_name: 'harbour', handle: 'harbour', avatar_url: null },
  track: null,
  release: null,
  rating_average: null,
  reviews_count: 0,
  created_at: '2026-01-01T00:00:00Z',
  published_at: null,
};
const ITEM = toItem(PRODUCT);

function line(item: Partial<CartItem> = {}, product: Partial<Product> = {}, viewer: string | null = 'b', isOwned = false) {
  return toLine({ ...ITEM, ...item }, { ...PRODUCT, ...product }, viewer, isOwned);
}

test('a product is in a cart once, with the price that was chosen last', () => {
  const items = withItem(withItem([], ITEM), { ...ITEM, chosenCents: 900 });
  expect(items).toEqual([{ ...ITEM, chosenCents: 900 }]);
  expect(without(items, ['a'])).toEqual([]);
});

test('a cart holds as many items as an order may have', () => {
  const many = Array.from({ length: MAX_ITEMS + 5 }, (_, index) => ({ ...ITEM, productId: String(index) }));
  expect(merge([], many)).toHaveLength(MAX_ITEMS);
});

test('a stored cart is read as far as it is one', () => {
  expect(parseCart(JSON.stringify([ITEM]))).toEqual([ITEM]);
  for (const broken of [null, '', '{', '{}', 'null', '[null, 1, {}]', JSON.stringify([{ ...ITEM, priceCents: 1.5 }])])
    expect(parseCart(broken)).toEqual([]);
});

describe('a line', () => {
  test('costs what the product costs', () => {
    expect(line()).toMatchObject({ problem: null, cents: 700, currency: 'EUR' });
    expect(line({ chosenCents: 900 })).toMatchObject({ cents: 700 });
  });

  test('costs what was chosen, if that is enough', () => {
    expect(line({ chosenCents: 900 }, { pricing: 'pay_what_you_want' })).toMatchObject({ problem: null, cents: 900 });
    expect(line({ chosenCents: 900 }, { pricing: 'pay_what_you_want', price_cents: 1000 })).toMatchObject({
      problem: 'price',
      cents: 1000,
    });
  });

  test('costs what it costs in the currency that was chosen for it', () => {
    const prices = [{ currency: 'CHF', price_cents: 800 }];
    const item = toItem({ ...PRODUCT, prices }, null, 'CHF');
    expect(item).toMatchObject({ priceCents: 800, currency: 'CHF' });
    expect(line(item, { prices })).toMatchObject({ problem: null, cents: 800, currency: 'CHF' });
    expect(line(item)).toMatchObject({ problem: 'price', cents: 700, currency: 'EUR' });
    expect(toItem(PRODUCT, null, 'CHF')).toEqual(ITEM);
  });

  test('can’t be ordered if it is sold out', () => {
    const sold = line({}, { stock: 0, is_sold_out: true });
    expect(sold.problem).toBe('soldOut');
    expect(groupLines([sold])).toEqual([]);
    expect(line({}, { stock: 0, is_sold_out: true }, 'b', true).problem).toBe('owned');
  });

  test('says what has changed', () => {
    expect(line({}, { price_cents: 800 }).problem).toBe('price');
    expect(line({}, { currency: 'CHF' }).problem).toBe('price');
    expect(line({}, { status: 'withdrawn' })).toMatchObject({ problem: 'gone', product: null });
    expect(toLine(ITEM, null, null, false).problem).toBe('gone');
    expect(line({}, {}, 's').problem).toBe('own');
    expect(line({}, {}, 'b', true).problem).toBe('owned');
  });
});

test('lines are ordered by currency, without those that can’t be bought', () => {
  const lines = [
    line(),
    line({ productId: 'b' }, { currency: 'CHF', price_cents: 50 }),
    line({ productId: 'c' }, { price_cents: 1 }),
    line({}, {}, 's'),
  ];
  expect(groupLines(lines).map(({ currency, totalCents, lines: found }) => [currency, totalCents, found.length])).toEqual([
    ['EUR', 701, 2],
    ['CHF', 50, 1],
  ]);
});

test('each seller of a cart is named once, and one who is gone not at all', () => {
  const other = { id: 't', username: 'label', display_name: 'Label', handle: 'label', avatar_url: null };
  const lines = [line(), line({}, { seller: other }), line(), line({}, { seller: null })];
  expect(sellersOf(lines).map((seller) => seller.id)).toEqual(['s', 't']);
});

test('a gift stays one when its price changes, is kept when it is stored, and may be owned', () => {
  const gift = { email: 'maren@example.com', recipientName: '', senderName: 'Jon', message: '', day: '' };
  const given = withItem([], { ...ITEM, gift });
  expect(withItem(given, { ...ITEM, chosenCents: 900 })).toEqual([{ ...ITEM, chosenCents: 900, gift }]);
  expect(withItem(given, { ...ITEM, gift: null })).toEqual([{ ...ITEM, gift: null }]);
  expect(parseCart(JSON.stringify(given))).toEqual(given);
  expect(parseCart(JSON.stringify([{ ...ITEM, gift: 'Maren' }]))).toEqual([]);
});
