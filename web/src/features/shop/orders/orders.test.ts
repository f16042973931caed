import { expect, test } from 'vitest';
import type { Schemas } from '../../../api/client';
import { type Order, fileName, isBought, isMoving, licenceText, refundable } from './orders';

const ITEM: Order['items'][number] = {
  id: 'i',
  kind: 'product',
  product_id: 'p',
  title: 'Night Ferry',
  licence: 'Personal use.',
  seller: { id: 's', username: 'harbour', display_name: 'harbour', handle: 'harbour', avatar_url: null },
  list_cents: 700,
  price_cents: 700,
  reductions: [],
  quantity: 1,
  available_at: null,
  service: null,
  delivered_at: null,
  is_refunded: false,
  is_gift: false,
  is_received: false,
  variant: null,
  message: null,
  thanks: null,
  tax: null,
};

function order(fields: Partial<Order>): Order {
  const made = {
    id: 'o',
    status: 'paid',
    total_cents: 700,
    currency: 'EUR',
    created_at: '2026-11-01T00:00:00Z',
    items: [ITEM],
    mode: 'test',
    payment: null,
    billing: null,
  } as const;
  return { ...made, items: [ITEM], failure_reason: null, expires_at: '2026-11-01T00:30:00Z', paid_at: '2026-11-01T00:01:00Z', ...fields };
}

test('a refund that is under way or made is not asked for again, a failed one is', () => {
  const refund = (status: Schemas['RefundStatus']): Schemas['Refund'] => ({
    id: 'r',
    status,
    amount_cents: 700,
    currency: 'EUR',
    reason: '',
    details: null,
    failure: null,
    item_ids: ['i'],
    created_at: '',
    settled_at: null,
  });
  expect(refundable(order({}), [])).toEqual([ITEM]);
  expect(refundable(order({}), [refund('failed')])).toEqual([ITEM]);
  for (const status of ['pending', 'unresolved', 'made'] as const) expect(refundable(order({}), [refund(status)])).toEqual([]);
});

test('what was free, refunded or never paid is not refunded', () => {
  expect(refundable(order({ items: [{ ...ITEM, price_cents: 0 }] }), [])).toEqual([]);
  expect(refundable(order({ items: [{ ...ITEM, is_refunded: true }] }), [])).toEqual([]);
  expect(refundable(order({ status: 'pending', paid_at: null }), [])).toEqual([]);
});

test('what was bought can be downloaded until it is refunded', () => {
  expect(isBought(order({}))).toBe(true);
  expect(isBought(order({ status: 'partially_refunded' }))).toBe(true);
  expect(isBought(order({ status: 'pending', paid_at: null }))).toBe(false);
  expect(isBought(order({ status: 'refund_pending' }))).toBe(false);
  expect(isBought(order({ status: 'refunded', items: [{ ...ITEM, is_refunded: true }] }))).toBe(false);
  expect(
    ['pending', 'paid', 'failed', 'cancelled', 'refund_pending'].map((status) => isMoving(order({ status: status as Order['status'] }))),
  ).toEqual([true, false, false, false, true]);
});

test('a licence says what it is for', () => {
  expect(licenceText(order({}), ITEM)).toBe('Night Ferry\nharbour\no · 2026-11-01T00:01:00Z\n\nPersonal use.\n');
});

test('names of files are harmless', () => {
  expect(fileName('../a/b: c?\u202e.')).toBe('a b c');
  expect(fileName('Ä   b')).toBe('Ä b');
  expect(fileName('***')).toBe('file');
});
