/** Publishing and selling a release in one go: the steps, and how far they are. */

import type { Schemas } from '../../../api/client';
import type { ReleaseChange, ReleaseDetails } from '../releases/releases';
import type { Product } from './products';

/** In this order: what is sold is stored first, and offered last. */
export const STEPS = ['product', 'release', 'sale'] as const;
export type Step = (typeof STEPS)[number];

/** The entered price and options. */
export interface Offer {
  cents: number;
  currency: string;
  /** True if buyers may pay more. */
  isChosen: boolean;
  /** When it comes out; null: now. */
  at: string | null;
}

/** The state on the server. */
export interface Sale {
  product: Product | null;
  release: ReleaseDetails;
}

/** The calls of the API: each returns what is stored then, or throws ApiError. */
export interface Calls {
  /** Return the product of the release that was made before, perhaps by a call without an answer. */
  find: () => Promise<Product | null>;
  create: (form: Schemas['ProductForm']) => Promise<Product>;
  change: (id: string, change: Schemas['ProductChange']) => Promise<Product>;
  publish: (change: ReleaseChange) => Promise<ReleaseDetails>;
}

/** Return whether a release is out, or has a day on which it comes out. */
export function isAnnounced(release: Pick<ReleaseDetails, 'visibility' | 'publish_at'>): boolean {
  return release.visibility !== 'private' || release.publish_at !== null;
}

/** Return the steps that are done already, in this form or elsewhere. */
export function doneOf({ product, release }: Sale): Step[] {
  return STEPS.filter((step) => {
    if (step === 'release') return isAnnounced(release);
    return step === 'product' ? product !== null : product?.status === 'published';
  });
}

/**
 * Do the steps that are not done yet. Each is stored when the next begins, and `reached` is called with
 * what there is then: after a failure the same call goes on from there. Throws ApiError.
 */
export async function putOnSale(sale: Sale, offer: Offer, calls: Calls, reached: (step: Step, sale: Sale) => void): Promise<Sale> {
  let { product, release } = sale;
  reached('product', { product, release });
  product ??= await calls.find();
  product = product ? await calls.change(product.id, termsOf(offer)) : await calls.create(newOf(release, offer));
  reached('release', { product, release });
  if (!isAnnounced(release) || (release.visibility === 'private' && release.publish_at !== offer.at))
    release = await calls.publish(offer.at === null ? { visibility: 'public' } : { visibility: 'private', publish_at: offer.at });
  reached('sale', { product, release });
  if (product.status !== 'published') product = await calls.change(product.id, { status: 'published' });
  return { product, release };
}

function termsOf({ cents, currency, isChosen }: Offer): Pick<Schemas['ProductForm'], 'price_cents' | 'pricing'> & { currency: string } {
  return { price_cents: cents, currency, pricing: isChosen ? 'pay_what_you_want' : 'fixed' };
}

function newOf(release: ReleaseDetails, offer: Offer): Schemas['ProductForm'] {
  return { title: release.title, type: 'album', release_id: release.id, status: 'draft', description: '', licence: '', ...termsOf(offer) };
}
