/** Discount codes: the request for a quote, and the parts of the answer that are shown. */

import type { Schemas } from '../../../api/client';
import { priceIn } from '../products/prices';
import type { CartLine } from './cart';

export type Quote = Schemas['CartQuote'];
type Reduction = Schemas['Reduction'];
type OrderItem = Schemas['OrderItemForm'];

/** The most that the server reads. */
export const MAX_CODE = 100;

/** Return a code as it is sent: null for none. */
export function cleanCode(text: string | null): string | null {
  const code = (text ?? '').trim().slice(0, MAX_CODE);
  return code === '' ? null : code;
}

/**
 * Return what is asked for with a code: the least, but for what the buyer chose to pay more for. A price that was
 * seen without the code would be refused.
 */
export function itemsToQuote(lines: readonly CartLine[]): OrderItem[] {
  return lines.map((line) => {
    const { product, cents, currency } = line;
    const isMore = product?.pricing === 'pay_what_you_want' && cents > priceIn(product, currency).cents;
    const { productId: product_id, variantId: variant_id = null } = line.item;
    return { product_id, variant_id, price_cents: isMore ? line.cents : null, quantity: 1 };
  });
}

/** Return what is ordered: at the prices of the quote, if there is one, else at those of the cart. */
export function itemsToOrder(lines: readonly CartLine[], quote: Quote | null): OrderItem[] {
  const quoted = new Map(quote?.items.map((item) => [item.product_id, item.price_cents]));
  return lines.map((line) => ({
    product_id: line.item.productId,
    variant_id: line.item.variantId ?? null,
    price_cents: quoted.get(line.item.productId) ?? line.cents,
    quantity: 1,
  }));
}

/** Return what is taken off items in all, by the name of the cause and in their order. */
export function savingsOf(items: readonly { reductions: readonly Reduction[] }[]): { label: string; cents: number }[] {
  const savings = new Map<string, number>();
  for (const { label, amount_cents } of items.flatMap((item) => item.reductions))
    savings.set(label, (savings.get(label) ?? 0) + amount_cents);
  return [...savings].map(([label, cents]) => ({ label, cents }));
}
