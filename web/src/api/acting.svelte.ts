/**
 * As whom the member acts in this tab: as themselves, or as an artist, a band or a label of theirs.
 * Requests name the profile in a header, but for those that are about the account.
 */

import { OF_ACCOUNTS } from '$generated/accounts';
import { forgetAll } from './kept';

/** The profile that requests are sent as. */
export interface Acting {
  /** The account that chose it: another one in this tab does not go on with it. */
  accountId: string;
  id: string;
  handle: string;
  display_name: string;
  avatar_url: string | null;
}

export const PROFILE_HEADER = 'x-veza-profile';

/** Each tab has its own. */
const STORED = 'veza.acting';

/**
 * Requests that the server takes of a profile, too, and the application sends for the account: no document can say so, as it
 * is a choice of these pages. A test finds those of which the API has none any more.
 */
export const CHOSEN_FOR_ACCOUNTS: readonly string[] = [
  // The account that is signed in. The socket names the profile in its address.
  'GET (?:csrf-token|chat/token|users/me)$',
  // Which profiles they have, and create.
  'GET users/me/profiles$',
  'POST profiles$',
  // The role in a profile that the path names decides by itself.
  '\\w+ profiles/[0-9a-f]{8}-[0-9a-f-]{27}',
  // Settings: these pages are the account's.
  '\\w+ notifications/preferences\\b',
  '\\w+ users/me/(?:blocks|export|mutes)\\b',
  '\\w+ users/me/library/settings$',
  'DELETE users/me/library/history$',
];
const CHOSEN = new RegExp(`^(?:${CHOSEN_FOR_ACCOUNTS.join('|').replaceAll(' ', ' /api/v1/')})`);

let profile = $state.raw<Acting | null>(null);
let visits = $state(0);
const blockers = new Set<() => boolean>();

export const acting = {
  /** Null: as themselves. */
  get profile(): Acting | null {
    return profile;
  },
  /** Counts the choices, after each of which pages are loaded again. */
  get visits(): number {
    return visits;
  },
};

/** Act as a profile from now on, or as oneself. With `again`, pages are loaded again. */
export function actAs(chosen: Acting | null, { again = false } = {}): void {
  profile = chosen;
  if (chosen) sessionStorage.setItem(STORED, JSON.stringify(chosen));
  else sessionStorage.removeItem(STORED);
  forgetAll();
  if (again) visits += 1;
}

/** Keep the choice as it is while a function returns true, such as while files are sent as the profile. */
export function holdWhile(isBusy: () => boolean): void {
  blockers.add(isBusy);
}

/** Return whether something goes on that belongs to whom the member acts as. */
export function isHeld(): boolean {
  return [...blockers].some((isBusy) => isBusy());
}

/** Return the header of a request that belongs to whom the member acts as. */
export function profileHeaders(): Record<string, string> {
  return profile ? { [PROFILE_HEADER]: profile.id } : {};
}

/** Return the address of a file for a link or an element, which send no header, as whom the member acts. */
export function asActing(url: string): string {
  return profile ? `${url}${url.includes('?') ? '&' : '?'}profile=${profile.id}` : url;
}

/** Return whether a request is about the account, whatever it acts as. */
export function isOfAccount(method: string, path: string): boolean {
  const request = `${method} ${path}`;
  return OF_ACCOUNTS.test(request) || CHOSEN.test(request);
}

/** Go on as whom this tab chose before it was loaded again. Called once, before any request. */
export function restoreActing(): void {
  profile = JSON.parse(sessionStorage.getItem(STORED) ?? 'null') as Acting | null;
}
