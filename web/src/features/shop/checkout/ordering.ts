/** Placing orders with the API. */

import { type Schemas, api, call } from '../../../api/client';
import { ApiError } from '../../../api/errors';
import { cartOwner, removeFromCart, storedItems } from './cart.svelte';
import { remember } from '../guests/links';
import { placeOnce } from './checkout';

export type Order = Schemas['Order'];
export type OrderForm = Schemas['OrderForm'];

const STORED = 'veza.checkout.';

/** Place an order, once for all tabs of this browser. Returns its id. Throws ApiError. */
export function placeOrder(form: OrderForm): Promise<string> {
  const owner = cartOwner();
  const askedAt = Date.now();
  const tips = form.tips ?? [];
  const productIds = [...(form.items ?? []).map((item) => item.product_id), ...tips.map((tip) => `tip ${tip.profile_id}`)];
  // Tips are no part of a cart, and leave an attempt to order one as it is.
  const stored = tips.length > 0 ? `${STORED}tips.${owner}` : STORED + owner;
  return withLock(`veza-checkout-${owner}`, () =>
    placeOnce(JSON.stringify(form), productIds, {
      askedAt,
      read: () => localStorage.getItem(stored),
      write: (text) => localStorage.setItem(stored, text),
      // What is bought on a page of its own may be bought again: an earlier order may have expired.
      inCart: () => (form.bundle_id || tips.length > 0 ? productIds : storedItems(owner).map((item) => item.productId)),
      newKey,
      now: Date.now,
      send,
      clear: () => removeFromCart(productIds, owner),
      isUncertain: (error) => error instanceof ApiError && error.isTemporary,
    }),
  );
}

async function send(key: string, body: string): Promise<string> {
  const order = await post(key, JSON.parse(body) as OrderForm);
  if (order.token) remember(order.id, order.token);
  return order.id;
}

/** Send an order, with a proof of work if the server asks for one while many strangers order. */
async function post(key: string, body: OrderForm): Promise<Order> {
  const send = (sent: OrderForm): Promise<Order> =>
    call(api.POST('/api/v1/marketplace/orders', { params: { header: { 'Idempotency-Key': key } }, body: sent }));
  try {
    return await send(body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'proof_required') throw error;
    const { solve } = await import('../../account/proof');
    const challenge = error.errorOf('proof.challenge')?.message ?? '';
    const proof = await solve({ challenge, bits: Number(error.errorOf('proof.bits')?.message) });
    return send({ ...body, proof });
  }
}

/** Return a new key. Pages without encryption have no `randomUUID`. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request(name, run) : run();
}
