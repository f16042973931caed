/** Links of a profile that are verified, because their pages link back to it. */

import type { Schemas } from '../../../api/client';

export type CheckedLink = Schemas['ShownLink'];

/** A link that is not verified has no state until it was checked. */
export type LinkState = 'verified' | 'missing' | 'away';

/** Return what is known of the page at an address, as it is stored. */
export function stateOf(url: string, checked: readonly CheckedLink[]): LinkState | null {
  const found = checked.find((each) => each.url === url.trim());
  if (found?.is_verified) return 'verified';
  return found?.outcome === 'missing' || found?.outcome === 'away' ? found.outcome : null;
}

/** Return the line for a page that links back. A handle has no characters that HTML would change. */
export function codeFor(origin: string, handle: string): string {
  return `<a rel="me" href="${origin}/@${handle}">@${handle}</a>`;
}

/** Return whether each link was checked since. */
export function areChecked(before: readonly CheckedLink[], now: readonly CheckedLink[]): boolean {
  const former = new Map(before.map((each) => [each.url, each.checked_at]));
  return now.every((each) => each.checked_at !== undefined && each.checked_at !== former.get(each.url));
}
