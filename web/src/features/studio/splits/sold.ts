/** The title, owner and price of what is split, as far as the member may see them. */

import { api, call } from '../../../api/client';
import { ApiError } from '../../../api/errors';
import type { Price, Target } from './splits';

export interface Sold {
  title: string;
  ownerId: string | null;
  price: Price | null;
}

const FINDERS = { products: findProduct, releases: findRelease, profiles: findProfile } as const;

/** Return what is split; null if the member may not see it. */
export async function findSold(target: Target): Promise<Sold | null> {
  try {
    return await FINDERS[target.kind](target.id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Return the lowest price of a release; null if it is not for sale. */
export async function findPriceOf(releaseId: string): Promise<Price | null> {
  const query = { release_id: releaseId, sort: 'price_asc', limit: 1 } as const;
  const [product] = (await call(api.GET('/api/v1/marketplace/products', { params: { query } }))).products;
  return product ? { cents: product.price_cents, currency: product.currency } : null;
}

async function findProduct(id: string): Promise<Sold> {
  const product = await call(api.GET('/api/v1/marketplace/products/{product_id}', { params: { path: { product_id: id } } }));
  const price = { cents: product.price_cents, currency: product.currency };
  return { title: product.title, ownerId: product.seller?.id ?? null, price };
}

async function findRelease(id: string): Promise<Sold> {
  const [release, price] = await Promise.all([
    call(api.GET('/api/v1/releases/{release_id}', { params: { path: { release_id: id } } })),
    findPriceOf(id),
  ]);
  return { title: release.title, ownerId: release.owner.id, price };
}

async function findProfile(id: string): Promise<Sold> {
  const profile = await call(api.GET('/api/v1/profiles/{profile_id}', { params: { path: { profile_id: id } } }));
  return { title: profile.display_name, ownerId: profile.id, price: null };
}
