import { expect, test } from 'vitest';
import { centsOf, draftOf, formOf, warrantyOn } from './gear';

test('an item is the same after its form was opened and saved', () => {
  const gear = {
    name: 'Juno-106',
    category: 'synthesizer',
    brand: 'Roland',
    model: '',
    serial_number: '1',
    bought_on: '2026-02-15',
    warranty_until: null,
    notes: '',
    price_cents: 90_050,
    currency: 'EUR',
  };
  const draft = draftOf(gear, 'de');
  expect(draft.amount).toBe('900,50');
  expect(formOf(draft, centsOf(draft) ?? null)).toEqual(gear);
});

test('an amount may be missing, but not be anything', () => {
  const amounts = ['', ' ', '12', '12,5', 'twelve', '1.2.3'].map((amount) => centsOf({ amount, currency: 'EUR' }));
  expect(amounts).toEqual([null, null, 1200, 1250, undefined, undefined]);
  expect(centsOf({ amount: '', currency: 'euro' })).toBe(undefined);
});

test('a warranty includes its last day', () => {
  const states = ['2026-11-27', '2026-11-28', '2026-12-28', '2026-12-29'].map((day) => warrantyOn(new Date('2026-11-28T10:00:00Z'), day));
  expect(states).toEqual(['ended', 'ending', 'ending', 'valid']);
});
