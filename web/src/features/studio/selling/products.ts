/** What is said about a product, as a form has it and as the API takes it. */

import type { Schemas } from '../../../api/client';
import { parseAmount, writeAmount } from '../../shop/products/amounts';

export type Product = Schemas['Product'];
export type ProductDetails = Schemas['ProductDetails'];
export type ProductForm = Schemas['ProductForm'] & { currency: string };

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
  };
}

/** Return the price of a form in the smallest unit, or null if it is none. */
export function priceOf(draft: ProductDraft): number | null {
  return isCurrency(draft.currency) ? parseAmount(draft.price, draft.currency) : null;
}

/** Return whether a text has the form of a currency: three capital letters. */
export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/** Return what a form asks for. A product is of a release, of a track, or of neither. */
export function formOf(draft: ProductDraft, price_cents: number): ProductForm {
  return {
    title: draft.title.trim(),
    type: draft.type,
    price_cents,
    currency: draft.currency,
    pricing: draft.isChosen ? 'pay_what_you_want' : 'fixed',
    description: draft.description.trim(),
    licence: draft.licence.trim(),
    release_id: draft.type === 'album' ? draft.releaseId || null : null,
    track_id: draft.type === 'track' ? draft.trackId || null : null,
  };
}
