/** The parts of the page of a profile, each with an address of its own. */

import type { Component } from 'svelte';
import type { Schemas } from '../../api/client';

export type ProfilePage = Schemas['ProfilePage'];

export const PARTS = [
  'overview',
  'releases',
  'tracks',
  'shop',
  'memberships',
  'posts',
  'playlists',
  'shows',
  'appearances',
  'credits',
  'about',
] as const;
export type Part = (typeof PARTS)[number];

/** Numbers of entries of each part in the overview. */
export const SHOWN = { tracks: 5, releases: 8, products: 4, bundles: 2, posts: 3, playlists: 6, shows: 6, appearances: 5 } as const;

/** The maximum number of planned streams in the overview. */
export const MAX_DATES = 6;

/** The planned streams of a profile, and what shows them. */
export interface Dates {
  streams: readonly Schemas['Stream'][];
  Section: Component<{ streams: readonly Schemas['Stream'][]; handle: string }>;
}

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
  const { releases, tracks, products, posts, playlists, shows, appearances, credits } = profile.contents;
  const counted = { releases, tracks, shop: products, posts, playlists, shows, appearances, credits };
  // What people come to a podcast for is first.
  const order = profile.kind === 'podcast' ? [...new Set<Part>(['overview', 'shows', ...PARTS])] : PARTS;
  return order.flatMap((part): ListedPart[] => {
    if (part === 'overview' || part === 'about') return [{ part, count: null }];
    if (part === 'memberships') return profile.takes_members ? [{ part, count: null }] : [];
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

/** All roles of a profile in one track or release. */
export interface Contribution {
  item: Schemas['Track'] | Schemas['Release'];
  path: string;
  roles: readonly Schemas['ProfileCredit'][];
}

/** Return credits with those of the same track or release together, in the order of the first of each. */
export function groupCredits(credits: readonly Schemas['ProfileCredit'][]): Contribution[] {
  const byId = new Map<string, Contribution>();
  for (const each of credits) {
    const item = each.track ?? each.release;
    if (!item) continue;
    const known = byId.get(item.id);
    const path = each.track ? `/tracks/${item.id}` : `/releases/${item.id}`;
    byId.set(item.id, { item, path, roles: [...(known?.roles ?? []), each] });
  }
  return [...byId.values()];
}
