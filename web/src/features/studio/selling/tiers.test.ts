import { expect, test } from 'vitest';
import { contentOf, draftOf } from './tiers';

const draft = { ...draftOf(null, 'EUR', 'en'), name: 'Gold' };

test('a tier needs a price of a month or a year', () => {
  expect(contentOf(draft)).toBeNull();
  expect(contentOf({ ...draft, monthly: '5' })).toMatchObject({ monthly_cents: 500, yearly_cents: null, position: 1, percent_off: 0 });
  expect(contentOf({ ...draft, yearly: '50,00' })).toMatchObject({ monthly_cents: null, yearly_cents: 5000 });
});

test('a price that is no amount is not left out', () => {
  expect(contentOf({ ...draft, monthly: '5', yearly: 'fifty' })).toBeNull();
  expect(contentOf({ ...draft, monthly: '0.49' })).toBeNull();
});
