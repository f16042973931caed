/** What a page is told in its fragment after a sign-in at a provider. */

import type { Key } from '../../../i18n/index.svelte';
import type { Challenge } from '../../../shell/session.svelte';
import { appealPageOf } from '../appeals';

export type Told =
  | { kind: 'done'; expiresIn: number; signOutAt: string | null }
  | { kind: 'challenge'; challenge: Challenge; signOutAt: string | null }
  | { kind: 'linked' }
  | { kind: 'error'; text: Key; appeal: string | null };

const ERRORS: Readonly<Record<string, Key>> = {
  identity_provider_away: 'identities.error.identity_provider_away',
  sign_in_denied: 'identities.error.sign_in_denied',
  attempt_over: 'identities.error.attempt_over',
  no_account: 'identities.error.no_account',
  address_in_use: 'identities.error.address_in_use',
  no_address: 'identities.error.no_address',
  email_refused: 'identities.error.no_address',
  identity_taken: 'identities.error.identity_taken',
  account_suspended: 'identities.error.account_suspended',
};

/** Return what a fragment tells; null if it tells nothing. Anybody can write one: it proves nothing. */
export function readTold(hash: string): Told | null {
  const told = new URLSearchParams(hash.slice(1));
  const text = (name: string): string => told.get(name) ?? '';
  const [expiresIn, signOutAt] = [Number(text('expires_in')) || 0, told.get('sign_out_at')];
  switch (told.get('openid')) {
    case 'done':
      return { kind: 'done', expiresIn, signOutAt };
    case 'challenge': {
      const methods = text('methods').split(',');
      const known = Object.fromEntries(methods.map((name) => [name, true])) as Challenge['methods'];
      return { kind: 'challenge', challenge: { challenge: text('challenge'), methods: known, expires_in: expiresIn }, signOutAt };
    }
    case 'linked':
      return { kind: 'linked' };
    case 'error':
      return { kind: 'error', text: ERRORS[text('code')] ?? 'identities.error.other', appeal: appealPageOf(told.get('link')) };
    default:
      return null;
  }
}

/** Return what the page is told, and remove it from the address: a reload tells it no more. */
export function takeTold(): Told | null {
  const told = readTold(location.hash);
  if (told) history.replaceState(history.state, '', location.pathname + location.search);
  return told;
}
