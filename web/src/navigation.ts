/** The entries of the main navigation, in their order. */

import type { IconName } from './components/icons';
import type { Key } from './i18n/index.svelte';
import type { Account } from './session.svelte';

export interface Entry {
  path: string;
  icon: IconName;
  label: Key;
  /** For whom it is: by default for everybody. */
  isFor?: (account: Account | null) => boolean;
}

/** An entry is added together with its page. The first five are the tabs of phones. */
const ENTRIES: readonly Entry[] = [{ path: '/', icon: 'house', label: 'nav.home' }];

/** Return the entries that an account has. */
export function entriesOf(account: Account | null): Entry[] {
  return ENTRIES.filter((entry) => entry.isFor?.(account) ?? true);
}

/** Return whether an entry leads to the current page, or to a page that contains it. */
export function isCurrent(entry: Entry, path: string): boolean {
  return entry.path === '/' ? path === '/' : path === entry.path || path.startsWith(`${entry.path}/`);
}
