import { expect, test } from 'vitest';
import { currenciesOf, fewLeft, hasChoice, priceIn } from './prices';

const EUROS = { price_cents: 1200, currency: 'EUR', prices: [] };
const BOTH = { ...EUROS, prices: [{ currency: 'CHF', price_cents: 1300 }] };

test('a price is in the chosen currency, or in the own one', () => {
  expect(priceIn(BOTH, 'CHF')).toEqual({ cents: 1300, currency: 'CHF' });
  for (const currency of ['EUR', 'USD', null]) expect(priceIn(BOTH, currency)).toEqual({ cents: 1200, currency: 'EUR' });
  expect(priceIn({ price_cents: 1, currency: 'EUR' }, 'CHF')).toEqual({ cents: 1, currency: 'EUR' });
});

test('there is a choice if a product has several prices', () => {
  expect(currenciesOf([EUROS, BOTH])).toEqual(['CHF', 'EUR']);
  expect(hasChoice([EUROS, BOTH])).toBe(true);
  expect(hasChoice([EUROS, { ...EUROS, currency: 'CHF' }])).toBe(false);
});

test('what is left is told when it is little', () => {
  expect([null, 0, 1, 9, 10].map((stock) => fewLeft({ stock }))).toEqual([null, null, 1, 9, null]);
});
