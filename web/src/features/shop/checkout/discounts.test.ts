import { describe, expect, it } from 'vitest';
import { type Product, toItem, toLine } from './cart';
import { type Quote, cleanCode, itemsToOrder, itemsToQuote, savingsOf } from './discounts';

const product = (id: string, price_cents: number, pricing: Product['pricing'] = 'fixed'): Product =>
  ({ id, title: id, price_cents, currency: 'EUR', pricing, status: 'published', seller: null }) as Product;

const line = (made: Product, chosen: number | null = null) => toLine(toItem(made, chosen), made, null, false);

const reduction = (label: string, amount_cents: number) => ({ cause: 'code' as const, reference_id: label, label, amount_cents });

describe('discount codes', () => {
  it('are sent without blanks, and not at all if there is none', () => {
    expect(['  spring ', ' ', null].map(cleanCode)).toEqual(['spring', null, null]);
    expect(cleanCode('x'.repeat(200))).toHaveLength(100);
  });

  it('ask for the least price, but for what the buyer pays more for', () => {
    const open = product('open', 500, 'pay_what_you_want');
    const lines = [line(product('fixed', 1200)), line(open, 500), line(open, 800)];
    expect(itemsToQuote(lines).map((item) => item.price_cents)).toEqual([null, null, 800]);
  });

  it('are ordered at the prices that were shown', () => {
    const lines = [line(product('a', 1200)), line(product('b', 500))];
    const quote = { items: [{ product_id: 'a', price_cents: 0 }] } as Quote;
    expect(itemsToOrder(lines, quote).map((item) => item.price_cents)).toEqual([0, 500]);
    expect(itemsToOrder(lines, null).map((item) => item.price_cents)).toEqual([1200, 500]);
  });

  it('are summed up over all items', () => {
    const items = [{ reductions: [reduction('Both', 100), reduction('SPRING', 20)] }, { reductions: [reduction('SPRING', 5)] }];
    expect(savingsOf(items)).toEqual([
      { label: 'Both', cents: 100 },
      { label: 'SPRING', cents: 25 },
    ]);
  });
});
