/** Parts that the forms of notices share. */

import type { Schemas } from '../../api/client';

export type OwnNotice = Schemas['OwnNotice'];

/** The statements of the sender of a notice, in the order of the form. */
export const DECLARATIONS = ['faith', 'accurate', 'owner'] as const;
export const MAX_URLS = 10;

const DAY_MS = 86_400_000;

/** Return the addresses in a text: one a line, or with blanks or commas between them. */
export function urlsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== '');
}

/** Return the state of a counter-notice. */
export function stateOf({ restored_at, claim_filed_at }: Schemas['CounterNotice']): 'restored' | 'claimed' | 'waits' {
  if (restored_at !== null) return 'restored';
  return claim_filed_at === null ? 'waits' : 'claimed';
}

/** Return whether an owner may still object to a notice. */
export function mayCounter(notice: OwnNotice): boolean {
  return notice.counter === null && notice.status !== 'rejected' && notice.items.some((each) => each.is_hidden);
}

/** Return when items would come back after a counter-notice that is sent now. */
export function dateAfter(days: number, from = Date.now()): string {
  return new Date(from + days * DAY_MS).toISOString();
}
