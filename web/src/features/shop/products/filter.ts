/** Filters of the list of products, as they are in the address of the page. */

import type { Schemas } from '../../../api/client';

type Type = Schemas['ProductType'];
type Sort = Schemas['ProductSort'];

export const TYPES: readonly Type[] = ['track', 'album', 'sample_pack', 'preset', 'service'];
export const SORTS: readonly Sort[] = ['newest', 'popular', 'rating', 'price_asc', 'price_desc'];
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Filter {
  search: string;
  type: Type | null;
  /** Null: the best matches of a search first, else the newest. */
  sort: Sort | null;
  /** The id of a member. */
  seller: string | null;
}

/** Read the filters of an address: what is no filter is left out. */
export function readFilter(query: URLSearchParams): Filter {
  const seller = query.get('seller');
  return {
    search: (query.get('q') ?? '').slice(0, 200),
    type: TYPES.find((each) => each === query.get('type')) ?? null,
    sort: SORTS.find((each) => each === query.get('sort')) ?? null,
    seller: seller && ID.test(seller) ? seller : null,
  };
}

/** Write filters as the query of an address. */
export function writeFilter({ search, type, sort, seller }: Filter): string {
  const named = { q: search, type, sort, seller };
  return new URLSearchParams(Object.entries(named).flatMap(([name, value]) => (value ? [[name, value]] : []))).toString();
}
