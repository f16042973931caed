/** Price and savings of a bundle, and the order of the products that the buyer doesn't own. */

import type { Schemas } from '../../../api/client';
import { type Group, toItem } from '../checkout/cart';

export type Bundle = Schemas['Bundle'];
export type BundleDetails = Schemas['BundleDetails'];

/** A provider takes no smaller payment. */
const LEAST_CENTS = 50;
/** The maximum of products in a bundle. */
export const MAX_PRODUCTS = 50;
export const MIN_PRODUCTS = 2;

/** Return how much less a bundle costs than its products alone, as a part of one: no more than it is. */
export function savedShare(bundle: Pick<Bundle, 'list_cents' | 'total_cents'>): number {
  if (bundle.list_cents === 0) return 0;
  return Math.floor(((bundle.list_cents - bundle.total_cents) * 100) / bundle.list_cents) / 100;
}

/** Return what is due of a bundle as it is ordered: null if nothing is. */
export function dueOf(bundle: BundleDetails): Group | null {
  const due = bundle.items.filter((each) => !each.is_owned);
  if (due.length === 0) return null;
  const lines = due.map((each) => ({
    item: toItem(each.product),
    product: each.product,
    problem: null,
    cents: each.price_cents,
    currency: bundle.currency,
  }));
  return { currency: bundle.currency, lines, totalCents: bundle.due_cents };
}

/** A percentage off, or a price in the smallest unit. */
export type Terms = { percent: number } | { cents: number };

/** Return what products cost together, as the server computes it: half cents to the even side. */
export function priceTogether(prices: readonly number[], terms: Terms): number {
  const list = prices.reduce((sum, each) => sum + each, 0);
  const price = 'cents' in terms ? Math.min(terms.cents, list) : toHundredth(list * (100 - terms.percent));
  return price > 0 && price < LEAST_CENTS ? Math.min(LEAST_CENTS, list) : price;
}

function toHundredth(hundredfold: number): number {
  const [whole, rest] = [Math.floor(hundredfold / 100), hundredfold % 100];
  return rest > 50 || (rest === 50 && whole % 2 === 1) ? whole + 1 : whole;
}
