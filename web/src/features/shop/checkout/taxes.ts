/** The tax within prices, summed up by rate and country, and what buyers declare for it. */

import type { Schemas } from '../../../api/client';

type Tax = Schemas['ShownTax'];

/** What buyers fill in for the invoice. */
export interface Billing {
  name: string;
  address: string;
  country: string;
  vatId: string;
}

export const NO_BILLING: Billing = { name: '', address: '', country: '', vatId: '' };

/** The tax of items that have it in common. */
export interface TaxSum {
  rate: number;
  country: string | null;
  cents: number;
}

/** Return the billing details as they are sent, or null if nothing is filled in. */
export function toBilling({ name, address, country, vatId }: Billing): Schemas['BillingDetails'] | null {
  const said = { name: name.trim() || null, address: address.trim() || null, country: country || null, vat_id: vatId.trim() || null };
  return Object.values(said).some(Boolean) ? said : null;
}

/** Return the sum of each rate, in the order of the items. */
export function sumTaxes(items: readonly { tax: Tax | null }[]): TaxSum[] {
  const sums = new Map<string, TaxSum>();
  for (const { tax } of items) {
    if (!tax || tax.rate === null) continue;
    const key = `${String(tax.rate)} ${tax.country ?? ''}`;
    const known = sums.get(key);
    sums.set(key, { rate: tax.rate, country: tax.country, cents: (known?.cents ?? 0) + tax.cents });
  }
  return [...sums.values()];
}

/** Return whether the buyer, a business abroad, owes the tax of an item. */
export function isReversed(items: readonly { tax: Tax | null }[]): boolean {
  return items.some(({ tax }) => tax?.treatment === 'reverse_charge');
}
