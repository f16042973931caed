/** The entries of the main navigation, in their order. */

import type { IconName } from '../components/icons';
import type { Key } from '../i18n/index.svelte';
import type { Count } from '../features/talk/counts.svelte';

export interface Entry {
  path: string;
  icon: IconName;
  label: Key;
  /** What is unread behind it. */
  count?: Count;
  /** Whether only members have it. */
  isForMembers?: boolean;
  /** Whether only staff has it. */
  isForStaff?: boolean;
}

/** An entry is added together with its page. The first five are the tabs of phones, where
 * notifications are in the bar at the top. */
const ENTRIES: readonly Entry[] = [
  { path: '/', icon: 'house', label: 'nav.home' },
  { path: '/feed', icon: 'message-square-text', label: 'nav.feed' },
  { path: '/live', icon: 'radio', label: 'nav.live' },
  { path: '/messages', icon: 'message-circle', label: 'nav.messages', count: 'messages', isForMembers: true },
  { path: '/library', icon: 'library', label: 'nav.library' },
  { path: '/notifications', icon: 'bell', label: 'nav.notifications', count: 'notifications', isForMembers: true },
  { path: '/products', icon: 'shopping-bag', label: 'nav.shop' },
  { path: '/console', icon: 'shield', label: 'nav.console', isForStaff: true },
];

/** Return the entries that members have, or staff, or everybody. */
export function entriesOf(isMember: boolean, role?: string): Entry[] {
  return ENTRIES.filter((entry) => (isMember || !entry.isForMembers) && (!entry.isForStaff || isStaff(role)));
}

/** Return whether a role belongs to staff, who have the console. */
export function isStaff(role: string | undefined): boolean {
  return role === 'admin' || role === 'moderator';
}

/** Return whether an entry leads to the current page, or to a page that contains it. */
export function isCurrent(entry: Entry, path: string): boolean {
  return entry.path === '/' ? path === '/' : path === entry.path || path.startsWith(`${entry.path}/`);
}
