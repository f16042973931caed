/** What tiers cost, and the state of memberships in words. */

import { type Schemas, api, call } from '../../../api/client';
import type { Key } from '../../../i18n/index.svelte';
import { newKey } from '../checkout/ordering';

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

/** The requests that place orders, each repeated with its key until it is answered. */
export class Orders {
  #sent: { text: string; key: string } | null = null;

  join(body: Schemas['MembershipForm']): Promise<Schemas['MembershipOrder']> {
    return this.#once(JSON.stringify(body), (header) => call(api.POST('/api/v1/marketplace/memberships', { params: { header }, body })));
  }

  pay(membership_id: string): Promise<Schemas['MembershipOrder']> {
    return this.#once(`pay ${membership_id}`, (header) =>
      call(api.POST('/api/v1/marketplace/memberships/{membership_id}/pay', { params: { path: { membership_id }, header } })),
    );
  }

  change(membership_id: string, body: Schemas['TierChoice']): Promise<Schemas['MembershipOrder']> {
    return this.#once(membership_id + JSON.stringify(body), (header) =>
      call(api.POST('/api/v1/marketplace/memberships/{membership_id}/tier', { params: { path: { membership_id }, header }, body })),
    );
  }

  async #once<T>(text: string, send: (header: { 'Idempotency-Key': string }) => Promise<T>): Promise<T> {
    if (this.#sent?.text !== text) this.#sent = { text, key: newKey() };
    const answer = await send({ 'Idempotency-Key': this.#sent.key });
    this.#sent = null;
    return answer;
  }
}
