import { describe, expect, it } from 'vitest';
import { guessCountry } from './countries';
import { isReversed, sumTaxes, toBilling } from './taxes';

const tax = (rate: number | null, cents: number, treatment: 'domestic' | 'destination' | 'reverse_charge' | 'none' = 'domestic') => ({
  tax: { treatment, country: 'DE', rate, cents },
});

describe('the tax of a cart', () => {
  it('is summed up by rate and country', () => {
    expect(sumTaxes([tax(19, 190), tax(null, 0, 'none'), { tax: null }, tax(7, 5), tax(19, 10)])).toEqual([
      { rate: 19, country: 'DE', cents: 200 },
      { rate: 7, country: 'DE', cents: 5 },
    ]);
  });

  it('is owed by a business abroad', () => {
    expect(isReversed([tax(19, 190), tax(null, 0, 'reverse_charge')])).toBe(true);
    expect(isReversed([tax(19, 190), { tax: null }])).toBe(false);
  });
});

describe('billing details', () => {
  it('are sent only if something is filled in', () => {
    expect(toBilling({ name: ' ', address: '', country: '', vatId: '' })).toBeNull();
    expect(toBilling({ name: '', address: '', country: 'FI', vatId: ' FI1 ' })).toEqual({
      name: null,
      address: null,
      country: 'FI',
      vat_id: 'FI1',
    });
  });

  it('begin with the country of the browser, if it names one', () => {
    expect(guessCountry(['de', 'fr-CA', 'de-AT'])).toBe('CA');
    expect(guessCountry(['de', 'es-419', '!'])).toBe('');
  });
});
