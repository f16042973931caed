/** The calls for the split of a product, of a release, or of a profile's tips and memberships. */

import { type Schemas, api, call } from '../../../api/client';
import type { Splits, Target } from './splits';

/** Return the parts that hold and the proposed ones. */
export function readSplits({ kind, id }: Target): Promise<Splits> {
  switch (kind) {
    case 'products':
      return call(api.GET('/api/v1/marketplace/products/{product_id}/splits', { params: { path: { product_id: id } } }));
    case 'releases':
      return call(api.GET('/api/v1/releases/{release_id}/splits', { params: { path: { release_id: id } } }));
    case 'profiles':
      return call(api.GET('/api/v1/marketplace/profiles/{profile_id}/splits', { params: { path: { profile_id: id } } }));
  }
}

/** Propose parts. */
export function proposeSplits({ kind, id }: Target, body: Schemas['SplitForm']): Promise<Splits> {
  switch (kind) {
    case 'products':
      return call(api.PUT('/api/v1/marketplace/products/{product_id}/splits', { params: { path: { product_id: id } }, body }));
    case 'releases':
      return call(api.PUT('/api/v1/releases/{release_id}/splits', { params: { path: { release_id: id } }, body }));
    case 'profiles':
      return call(api.PUT('/api/v1/marketplace/profiles/{profile_id}/splits', { params: { path: { profile_id: id } }, body }));
  }
}

/** Accept or decline the version that is meant. */
export function answerSplits({ kind, id }: Target, word: 'accept' | 'decline', body: { id: string }): Promise<Splits> {
  switch (kind) {
    case 'products':
      return call(api.POST(`/api/v1/marketplace/products/{product_id}/splits/${word}`, { params: { path: { product_id: id } }, body }));
    case 'releases':
      return call(api.POST(`/api/v1/releases/{release_id}/splits/${word}`, { params: { path: { release_id: id } }, body }));
    case 'profiles':
      return call(api.POST(`/api/v1/marketplace/profiles/{profile_id}/splits/${word}`, { params: { path: { profile_id: id } }, body }));
  }
}
