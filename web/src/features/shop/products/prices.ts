/** Prices of a product in several currencies, and what is left of it. */

import type { Product } from '../checkout/cart';

export type Priced = Pick<Product, 'price_cents' | 'currency'> & Partial<Pick<Product, 'prices'>>;

export interface PriceIn {
  cents: number;
  currency: string;
}

/** From so many on nobody needs to hurry. */
const MANY = 10;

/** Return the price in a currency: in the product's own if it has none in that. */
export function priceIn(product: Priced, currency: string | null): PriceIn {
  const found = product.prices?.find((each) => each.currency === currency);
  return found ? { cents: found.price_cents, currency: found.currency } : { cents: product.price_cents, currency: product.currency };
}

/** Return the currencies that products have prices in, each once, in alphabetical order. */
export function currenciesOf(products: readonly Priced[]): string[] {
  const all = products.flatMap((product) => [product.currency, ...(product.prices ?? []).map((each) => each.currency)]);
  return [...new Set(all)].sort();
}

/** Return whether any of the products has a choice of currencies. */
export function hasChoice(products: readonly Priced[]): boolean {
  return products.some((product) => (product.prices ?? []).length > 0);
}

/** Return how many are left, if they are few: else null. */
export function fewLeft(product: Pick<Product, 'stock'>): number | null {
  return product.stock !== null && product.stock > 0 && product.stock < MANY ? product.stock : null;
}
