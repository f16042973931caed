import { describe, expect, it } from 'vitest';
import { type Discount, draftOf, formOf, limitsOf, stateOf } from './discounts';

const NOW = new Date('2026-12-01T12:00:00Z');

const stored: Discount = {
  id: '1',
  code: 'SPRING',
  label: null,
  percent: 20,
  amount_cents: null,
  currency: null,
  product_ids: null,
  starts_at: null,
  ends_at: null,
  max_uses: null,
  max_uses_per_buyer: null,
  used_count: 0,
  created_at: NOW.toISOString(),
};

describe('a discount in a form', () => {
  it('is sent as it was if nothing is changed', () => {
    const discount = { ...stored, ends_at: '2026-12-24T10:30:00Z', max_uses: 3, product_ids: ['a'] };
    const { label, product_ids, starts_at, ends_at, max_uses, max_uses_per_buyer } = discount;
    const same = { label, product_ids, starts_at, ends_at, max_uses, max_uses_per_buyer };
    expect(limitsOf(draftOf(discount, 'EUR', 'en'), discount)).toEqual(same);
  });

  it('counts its first and last day as a whole, and no limit as none', () => {
    const draft = { ...draftOf(null, 'EUR', 'en'), from: '2026-12-01', until: '2026-12-01', maxUses: ' ' };
    const { starts_at, ends_at, max_uses } = limitsOf(draft);
    expect(new Date(ends_at ?? 0).getTime() - new Date(starts_at ?? 0).getTime()).toBe(86_399_000);
    expect(max_uses).toBeNull();
  });

  it('is a percentage, or an amount in a currency', () => {
    const draft = { ...draftOf(null, 'EUR', 'en'), code: ' Spring ', percent: '5', amount: '7,50' };
    expect(formOf(draft)).toMatchObject({ code: 'Spring', percent: 5 });
    expect(formOf({ ...draft, kind: 'amount' })).toMatchObject({ amount_cents: 750, currency: 'EUR' });
    for (const amount of ['', '0', 'x']) expect(formOf({ ...draft, kind: 'amount', amount })).toBeNull();
    expect(formOf({ ...draft, kind: 'amount', currency: 'E' })).toBeNull();
  });
});

describe('a discount in the list', () => {
  it('is to come, on, over or used up', () => {
    const [before, after] = ['2026-12-01T11:59:59Z', '2026-12-01T12:00:01Z'];
    expect(stateOf(stored, NOW)).toBe('on');
    expect(stateOf({ ...stored, starts_at: after }, NOW)).toBe('later');
    expect(stateOf({ ...stored, starts_at: before, ends_at: after }, NOW)).toBe('on');
    expect(stateOf({ ...stored, ends_at: before, max_uses: 1, used_count: 1 }, NOW)).toBe('ended');
    expect(stateOf({ ...stored, max_uses: 1, used_count: 1 }, NOW)).toBe('usedUp');
  });
});
