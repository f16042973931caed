import { expect, test } from 'vitest';
import { type Membership, choicesOf, findCurrent, stateOf } from './memberships';

const active = {
  state: 'active',
  paid_until: '2027-01-01T00:00:00Z',
  next_charge_at: '2027-01-01T00:00:00Z',
  cancelled_at: null,
  paused_until: null,
  ended_at: null,
  profile: { id: 'ann' },
} as unknown as Membership;

test('a tier offers the prices that it has', () => {
  expect(choicesOf({ monthly_cents: 500, yearly_cents: null })).toEqual([{ interval: 'month', cents: 500 }]);
  expect(choicesOf({ monthly_cents: 500, yearly_cents: 5000 }).map((each) => each.interval)).toEqual(['month', 'year']);
});

test('the sentence about a membership names the day that matters', () => {
  expect(stateOf(active)).toEqual({ key: 'membership.renews', date: active.paid_until });
  expect(stateOf({ ...active, cancelled_at: '2026-12-02T00:00:00Z', next_charge_at: null }).key).toBe('membership.ends');
  expect(stateOf({ ...active, state: 'past_due', next_charge_at: '2027-01-02T00:00:00Z' })).toEqual({
    key: 'membership.failed',
    date: '2027-01-02T00:00:00Z',
  });
  expect(stateOf({ ...active, state: 'paused', paused_until: '2027-02-01T00:00:00Z' }).date).toBe('2027-02-01T00:00:00Z');
  expect(stateOf({ ...active, state: 'ended', ended_at: '2027-01-01T00:00:00Z' }).key).toBe('membership.ended');
});

test('a membership that ended or was never paid is none', () => {
  const former = { ...active, state: 'ended' } as Membership;
  const unpaid = { ...active, state: 'pending' } as Membership;
  expect(findCurrent([former, unpaid], 'ann')).toBeNull();
  expect(findCurrent([unpaid, active], 'ann')).toBe(active);
  expect(findCurrent([active], 'bob')).toBeNull();
});
