/** The prices of tiers, and the state of memberships, in words. */

import type { Schemas } from '../../../api/client';
import type { Key } from '../../../i18n/index.svelte';

export type Membership = Schemas['OwnMembership'];
export type OpenTier = Schemas['OpenTier'];
export type Interval = Schemas['BillingInterval'];

/** A price of a tier. */
export interface Choice {
  interval: Interval;
  cents: number;
}

/** Return the prices of a tier: of a month, a year, or both. */
export function choicesOf(tier: Pick<OpenTier, 'monthly_cents' | 'yearly_cents'>): Choice[] {
  const { monthly_cents, yearly_cents } = tier;
  return [
    ...(monthly_cents === null ? [] : [{ interval: 'month' as const, cents: monthly_cents }]),
    ...(yearly_cents === null ? [] : [{ interval: 'year' as const, cents: yearly_cents }]),
  ];
}

/** The sentence about a membership: its key, and the day that it names. */
export interface StateText {
  key: Key;
  date: string | null;
}

/** Return what happens next with a membership, or what has happened. */
export function stateOf(membership: Membership): StateText {
  const { state, paid_until, cancelled_at, next_charge_at, paused_until, ended_at } = membership;
  if (state === 'ended') return { key: 'membership.ended', date: ended_at };
  if (state === 'pending') return { key: 'membership.pending', date: null };
  if (cancelled_at !== null) return { key: 'membership.ends', date: paid_until };
  if (state === 'past_due') return { key: 'membership.failed', date: next_charge_at };
  if (state === 'paused') return { key: 'membership.paused', date: paused_until };
  return { key: 'membership.renews', date: next_charge_at ?? paid_until };
}

/** Return the membership of a list that a profile has not lost: there is one at most. */
export function findCurrent(memberships: readonly Membership[], profileId: string): Membership | null {
  return memberships.find((each) => each.profile?.id === profileId && each.state !== 'ended' && each.state !== 'pending') ?? null;
}
