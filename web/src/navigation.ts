/** The entries of the main navigation, in their order. */

import type { IconName } from './components/icons';
import type { Key } from './i18n/index.svelte';

export interface Entry {
  path: string;
  icon: IconName;
  label: Key;
}

/** An entry is shown only if its page exists: add it together with the page. */
export const ENTRIES: readonly Entry[] = [{ path: '/', icon: 'house', label: 'nav.home' }];

/** Return whether an entry leads to the current page, or to a page that contains it. */
export function isCurrent(entry: Entry, path: string): boolean {
  return entry.path === '/' ? path === '/' : path === entry.path || path.startsWith(`${entry.path}/`);
}
