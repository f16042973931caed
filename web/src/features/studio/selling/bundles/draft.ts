/** The fields of a bundle, in the form and in the API. */

import type { Schemas } from '../../../../api/client';
import { parseAmount, writeAmount } from '../../../shop/products/amounts';
import { type BundleDetails, MAX_PRODUCTS, MIN_PRODUCTS, type Terms, priceTogether } from '../../../shop/bundles/bundle';
import type { Product } from '../products';

/** The status is changed by itself. */
export type BundleForm = Omit<Schemas['BundleForm'], 'status' | 'currency'> & { currency: string };
type Contents = Schemas['BundleContents'];

export const CONTENTS: readonly Contents[] = ['all_albums', 'all_products', 'products'];

export interface BundleDraft {
  title: string;
  description: string;
  contents: Contents;
  /** In the order of the bundle. */
  chosen: string[];
  isPercent: boolean;
  percent: string;
  price: string;
  currency: string;
}

/** Return the form of a bundle. */
export function draftOf(bundle: BundleDetails | null, currency: string, language: string): BundleDraft {
  const known = bundle?.currency ?? currency;
  const cents = bundle?.price_cents ?? null;
  return {
    title: bundle?.title ?? '',
    description: bundle?.description ?? '',
    contents: bundle?.contents ?? 'all_albums',
    chosen: bundle?.contents === 'products' ? bundle.items.map((each) => each.product.id) : [],
    isPercent: cents === null,
    percent: String(bundle?.percent_off ?? 20),
    price: cents === null ? '' : writeAmount(cents, known, language),
    currency: known,
  };
}

/** Return the percentage or the price of a form, or null if what is written is neither. */
export function termsOf(draft: BundleDraft): Terms | null {
  if (draft.isPercent) {
    const percent = /^\d{1,2}$/.test(draft.percent.trim()) ? Number(draft.percent) : 0;
    return percent > 0 ? { percent } : null;
  }
  const cents = parseAmount(draft.price, draft.currency);
  return cents === null ? null : { cents };
}

/** Return the products that are in the bundle of a form: those of its currency that are not sold out. */
export function contentsOf(draft: BundleDraft, onSale: readonly Product[]): Product[] {
  const found = onSale.filter((each) => each.status === 'published' && !each.is_sold_out && each.currency === draft.currency);
  if (draft.contents === 'products') return draft.chosen.flatMap((id) => found.find((each) => each.id === id) ?? []).slice(0, MAX_PRODUCTS);
  return found.filter((each) => draft.contents === 'all_products' || each.type === 'album').slice(0, MAX_PRODUCTS);
}

/** Sums of list prices and of reduced prices. */
export interface Preview {
  count: number;
  list_cents: number;
  total_cents: number;
}

/** Return what a bundle would cost, or null without a price. */
export function previewOf(draft: BundleDraft, onSale: readonly Product[]): Preview | null {
  const terms = termsOf(draft);
  const prices = contentsOf(draft, onSale).map((each) => each.price_cents);
  if (terms === null || prices.length === 0) return null;
  return { count: prices.length, list_cents: prices.reduce((sum, each) => sum + each, 0), total_cents: priceTogether(prices, terms) };
}

/** Return whether enough products are chosen. */
export function hasEnough(draft: BundleDraft): boolean {
  return draft.contents !== 'products' || draft.chosen.length >= MIN_PRODUCTS;
}

/** Return what a form asks for. */
export function formOf(draft: BundleDraft, terms: Terms): BundleForm {
  return {
    title: draft.title.trim(),
    description: draft.description.trim(),
    contents: draft.contents,
    product_ids: draft.contents === 'products' ? draft.chosen : [],
    percent_off: 'percent' in terms ? terms.percent : null,
    price_cents: 'cents' in terms ? terms.cents : null,
    currency: draft.currency,
  };
}
