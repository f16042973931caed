/** The entries of the main navigation, in their order. */

import type { IconName } from '../components/icons';
import type { Key } from '../i18n/index.svelte';
import type { Count } from '../features/talk/counts.svelte';

export interface Entry {
  path: string;
  icon: IconName;
  label: Key;
  /** Other pages that belong to it, by the beginning of their paths. */
  holds?: readonly string[];
  /** What is unread behind it. */
  count?: Count;
  /** Whether only members have it. */
  isForMembers?: boolean;
  /** Whether only those have it who may publish. */
  isForCreators?: boolean;
  /** Whether only staff has it. */
  isForStaff?: boolean;
}

/** An entry is added together with its page. The first five are the tabs of phones. Notifications
 * are the bell beside. */
const ENTRIES: readonly Entry[] = [
  { path: '/', icon: 'house', label: 'nav.home' },
  { path: '/explore', icon: 'compass', label: 'nav.explore', holds: ['/search', '/genres', '/products', '/tags'] },
  { path: '/live', icon: 'radio', label: 'nav.live' },
  { path: '/messages', icon: 'message-circle', label: 'nav.messages', count: 'messages', isForMembers: true },
  { path: '/library', icon: 'library', label: 'nav.library' },
  { path: '/feed', icon: 'message-square-text', label: 'nav.feed' },
  { path: '/studio', icon: 'audio-lines', label: 'nav.studio', isForCreators: true },
  { path: '/console', icon: 'shield', label: 'nav.console', isForStaff: true },
];

/** Return the entries that members have, or staff, or everybody. */
export function entriesOf(isMember: boolean, role?: string): Entry[] {
  return ENTRIES.filter(
    (entry) => (isMember || !entry.isForMembers) && (!entry.isForStaff || isStaff(role)) && (!entry.isForCreators || isCreator(role)),
  );
}

/** Return whether a role belongs to staff, who have the console. */
export function isStaff(role: string | undefined): boolean {
  return role === 'admin' || role === 'moderator';
}

/** Return whether a role may publish. */
export function isCreator(role: string | undefined): boolean {
  return role === 'creator' || role === 'admin';
}

/** Return whether an entry leads to the current page, or to a page that contains it. */
export function isCurrent(entry: Entry, path: string): boolean {
  if (entry.path === '/') return path === '/';
  return [entry.path, ...(entry.holds ?? [])].some((each) => path === each || path.startsWith(`${each}/`));
}
