/** What is said about a product, as a form has it and as the API takes it. */

import type { Schemas } from '../../../api/client';
import { parseAmount, writeAmount } from '../../shop/products/amounts';

export type Product = Schemas['Product'];
export type ProductDetails = Schemas['ProductDetails'];
export type ProductForm = Schemas['ProductForm'] & { currency: string };
export type ProductChange = Schemas['ProductChange'];

/** The maximum of further prices of a product. */
export const MAX_PRICES = 10;
const MAX_STOCK = 1_000_000;

export interface PriceDraft {
  currency: string;
  price: string;
}

/** What a service promises, as it is typed. */
export interface ServiceDraft {
  days: string;
  revisions: string;
  questions: string;
}

export interface ProductDraft {
  title: string;
  type: Schemas['ProductType'];
  price: string;
  currency: string;
  isChosen: boolean;
  description: string;
  licence: string;
  trackId: string;
  releaseId: string;
  /** The number that is left; empty for no limit. */
  stock: string;
  service: ServiceDraft;
  prices: PriceDraft[];
}

/** Return the form of a product. */
export function draftOf(product: Partial<Product>, currency: string, language: string): ProductDraft {
  const known = product.currency ?? currency;
  return {
    title: product.title ?? '',
    type: product.type ?? 'album',
    price: product.price_cents === undefined ? '' : writeAmount(product.price_cents, known, language),
    currency: known,
    isChosen: product.pricing === 'pay_what_you_want',
    description: product.description ?? '',
    licence: product.licence ?? '',
    trackId: product.track?.id ?? '',
    releaseId: product.release?.id ?? '',
    stock: writeStock(product.stock),
    service: {
      days: String(product.service?.delivery_days ?? 7),
      revisions: String(product.service?.revisions ?? 2),
      questions: product.service?.questions ?? '',
    },
    prices: (product.prices ?? []).map((each) => ({
      currency: each.currency,
      price: writeAmount(each.price_cents, each.currency, language),
    })),
  };
}

/** Return a price of a form in the smallest unit, or null if it is none. */
export function readPrice(draft: PriceDraft): number | null {
  return isCurrency(draft.currency) ? parseAmount(draft.price, draft.currency) : null;
}

/** Return the prices of a form in further currencies, or null if one of them is none. */
export function readPrices(drafts: readonly PriceDraft[]): Schemas['ProductPrice'][] | null {
  const prices = drafts.flatMap((draft) => {
    const price_cents = readPrice(draft);
    return price_cents === null ? [] : [{ currency: draft.currency, price_cents }];
  });
  return prices.length === drafts.length ? prices : null;
}

/** Return a stock as it is typed: nothing if there is no limit. */
export function writeStock(stock: number | null | undefined): string {
  return stock === null || stock === undefined ? '' : String(stock);
}

/** Return a typed stock: null for no limit, undefined if it is no whole number. */
export function readStock(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === '') return null;
  return /^\d{1,7}$/.test(typed) && Number(typed) <= MAX_STOCK ? Number(typed) : undefined;
}

/** Return a typed whole number within bounds, or null if it is none. */
export function readCount(text: string, least: number, most: number): number | null {
  const count = /^\d{1,3}$/.test(text.trim()) ? Number(text) : -1;
  return count >= least && count <= most ? count : null;
}

/** Return what a service promises, or null if that is no number. */
export function readService({ days, revisions, questions }: ServiceDraft): Schemas['ServiceTerms'] | null {
  const [delivery_days, included] = [readCount(days, 1, 90), readCount(revisions, 0, 10)];
  return delivery_days === null || included === null ? null : { delivery_days, revisions: included, questions: questions.trim() };
}

/** Return whether a text has the form of a currency: three capital letters. */
export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/** Return the new stock with the one that was seen; nothing if it is the same, which sales may change meanwhile. */
export function stockOf(stock: number | null, seen: number | null): Pick<ProductChange, 'stock' | 'stock_seen'> {
  return stock === seen ? {} : { stock, stock_seen: seen };
}

/** Return what a form asks for, but for the stock. A product is of a release, of a track, or of neither. */
export function formOf(draft: ProductDraft, price_cents: number, prices: Schemas['ProductPrice'][]): ProductForm {
  return {
    title: draft.title.trim(),
    type: draft.type,
    price_cents,
    currency: draft.currency,
    prices,
    pricing: draft.isChosen ? 'pay_what_you_want' : 'fixed',
    description: draft.description.trim(),
    licence: draft.licence.trim(),
    release_id: draft.type === 'album' ? draft.releaseId || null : null,
    track_id: draft.type === 'track' ? draft.trackId || null : null,
    service: draft.type === 'service' ? readService(draft.service) : null,
  };
}
