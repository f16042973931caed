/** The sections of the studio, in their order. */

import type { Key } from '../../i18n/index.svelte';

export interface Section {
  path: string;
  label: Key;
  /** Where the pages below it are, if not below its own. */
  below?: string;
  /** Whether members who are no creators have it too. */
  isForAll?: boolean;
}

export const SECTIONS: readonly Section[] = [
  { path: '/studio', label: 'studio.tracks', below: '/studio/tracks' },
  { path: '/studio/releases', label: 'studio.releases' },
  { path: '/studio/playlists', label: 'studio.playlists', isForAll: true },
  { path: '/studio/shows', label: 'studio.shows', isForAll: true },
  { path: '/studio/products', label: 'studio.products' },
  { path: '/studio/sales', label: 'studio.sales' },
  { path: '/studio/splits', label: 'studio.splits', isForAll: true },
  { path: '/studio/payouts', label: 'studio.payouts', isForAll: true },
  { path: '/studio/mail', label: 'studio.mail', isForAll: true },
  { path: '/studio/statistics', label: 'studio.statistics' },
  { path: '/studio/live', label: 'studio.live', isForAll: true },
  { path: '/studio/stations', label: 'studio.stations', isForAll: true },
  { path: '/studio/files', label: 'studio.files', isForAll: true },
  { path: '/studio/gear', label: 'studio.gear', isForAll: true },
];

/** Return the section to which an address belongs. */
export function sectionOf(path: string, sections: readonly Section[] = SECTIONS): Section | null {
  return sections.find((each) => path === each.path || path.startsWith(`${each.below ?? each.path}/`)) ?? null;
}
