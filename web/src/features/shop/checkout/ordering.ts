/** Placing orders with the API. */

import { type Schemas, api, call } from '../../../api/client';
import { ApiError } from '../../../api/errors';
import { cartOwner, removeFromCart, storedItems } from './cart.svelte';
import { placeOnce } from './checkout';

export type Order = Schemas['Order'];
export type OrderForm = Schemas['OrderForm'];

const STORED = 'veza.checkout.';

/** Place an order, once for all tabs of this browser. Returns its id. Throws ApiError. */
export function placeOrder(form: OrderForm): Promise<string> {
  const owner = cartOwner();
  const askedAt = Date.now();
  const productIds = form.items.map((item) => item.product_id);
  return withLock(`veza-checkout-${owner}`, () =>
    placeOnce(JSON.stringify(form), productIds, {
      askedAt,
      read: () => localStorage.getItem(STORED + owner),
      write: (text) => localStorage.setItem(STORED + owner, text),
      inCart: () => storedItems(owner).map((item) => item.productId),
      newKey,
      now: Date.now,
      send,
      clear: () => removeFromCart(productIds, owner),
      isUncertain: (error) => error instanceof ApiError && error.isTemporary,
    }),
  );
}

async function send(key: string, body: string): Promise<string> {
  const order = await call(
    api.POST('/api/v1/marketplace/orders', { params: { header: { 'Idempotency-Key': key } }, body: JSON.parse(body) as OrderForm }),
  );
  return order.id;
}

/** Return a new key. Pages without encryption have no `randomUUID`. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request(name, run) : run();
}
