import { beforeEach, expect, test, vi } from 'vitest';
import { type CheckoutParts, parseAttempt, placeOnce } from './checkout';

const BODY = '{"items":[{"product_id":"a"}]}';
const LOST = new Error('lost');
const REFUSED = new Error('refused');

let stored: string | null;
let cart: string[];
let time: number;
let keys: number;
/** The orders of the server by key, as it would answer. */
let orders: Map<string, string>;
let failure: Error | null;

const parts: CheckoutParts = {
  askedAt: 1,
  read: () => stored,
  write: (text) => (stored = text),
  inCart: () => cart,
  newKey: () => `key ${String(++keys)}`,
  now: () => time,
  send: vi.fn((key: string) => {
    if (failure !== REFUSED) orders.set(key, orders.get(key) ?? `order ${String(orders.size + 1)}`);
    return failure ? Promise.reject(failure) : Promise.resolve(orders.get(key) ?? '');
  }),
  clear: () => (cart = []),
  isUncertain: (error) => error === LOST,
};

beforeEach(() => {
  [stored, cart, time, keys, orders, failure] = [null, ['a'], 0, 0, new Map(), null];
});

test('an order is placed and leaves the cart', async () => {
  expect(await placeOnce(BODY, ['a'], parts)).toBe('order 1');
  expect(cart).toEqual([]);
});

test('a lost answer is asked for again with the same key', async () => {
  failure = LOST;
  await expect(placeOnce(BODY, ['a'], parts)).rejects.toBe(LOST);
  expect(cart).toEqual(['a']);
  failure = null;
  expect(await placeOnce(BODY, ['a'], parts)).toBe('order 1');
  expect(orders.size).toBe(1);
});

test('a second tab with the same cart gets the same order', async () => {
  await placeOnce(BODY, ['a'], parts);
  for (const body of [BODY, `${BODY} with an address`]) expect(await placeOnce(body, ['a'], parts)).toBe('order 1');
  expect(orders.size).toBe(1);
});

test('a tab that waited gets the order before it sees that the cart is empty', async () => {
  time = 5;
  await placeOnce(BODY, ['a'], parts);
  cart = ['a'];
  for (const body of [BODY, `${BODY} with an address`]) expect(await placeOnce(body, ['a'], { ...parts, askedAt: 4 })).toBe('order 1');
  expect(orders.size).toBe(1);
});

test('after a refusal there is another key, as after a day and for another request', async () => {
  failure = REFUSED;
  await expect(placeOnce(BODY, ['a'], parts)).rejects.toBe(REFUSED);
  failure = LOST;
  await expect(placeOnce(BODY, ['a'], parts)).rejects.toBe(LOST);
  await expect(placeOnce(`${BODY} `, ['a'], parts)).rejects.toBe(LOST);
  time = 21 * 3_600_000;
  await expect(placeOnce(`${BODY} `, ['a'], parts)).rejects.toBe(LOST);
  expect(keys).toBe(4);
});

test('what was ordered before and is in the cart again is ordered again', async () => {
  await placeOnce(BODY, ['a'], parts);
  cart = ['a'];
  expect(await placeOnce(BODY, ['a'], parts)).toBe('order 2');
});

test('what is stored may be anything', () => {
  for (const text of [null, '', '{', 'null', '1', '{"key":1}']) expect(parseAttempt(text)).toBeNull();
});
