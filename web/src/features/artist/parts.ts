/** The parts of the page of a profile, each with an address of its own. */

import type { Schemas } from '../../api/client';

export type ProfilePage = Schemas['ProfilePage'];

export const PARTS = ['overview', 'releases', 'tracks', 'shop', 'posts', 'playlists', 'about'] as const;
export type Part = (typeof PARTS)[number];

/** Numbers of entries of each part in the overview. */
export const SHOWN = { tracks: 5, releases: 8, products: 4, posts: 3, playlists: 6 } as const;

/** A part that is there, with the number of things in it. */
export interface ListedPart {
  part: Part;
  count: number | null;
}

/** Return the part that an address names: the overview unless it is another one. */
export function readPart(query: URLSearchParams): Part {
  const named = query.get('part');
  return PARTS.find((each) => each === named) ?? 'overview';
}

/** Return the address of a part. */
export function pathOf(handle: string, part: Part): string {
  const path = `/artists/${encodeURIComponent(handle)}`;
  return part === 'overview' ? path : `${path}?part=${part}`;
}

/** Return the parts that have something in them. */
export function listParts(profile: ProfilePage): ListedPart[] {
  const { releases, tracks, products, posts, playlists } = profile.contents;
  const counted = { releases, tracks, shop: products, posts, playlists };
  return PARTS.flatMap((part): ListedPart[] => {
    if (part === 'overview' || part === 'about') return [{ part, count: null }];
    return counted[part] > 0 ? [{ part, count: counted[part] }] : [];
  });
}

/** Return whether nothing was published yet. */
export function isEmpty(profile: ProfilePage): boolean {
  return Object.values(profile.contents).every((count) => count === 0);
}

/** Return the name of a link's site: its host, without `www`. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^www\./, '');
}
