/** Months and rows of statements. */

import type { Schemas } from '../../../api/client';

type Amount = Exclude<keyof Schemas['Statement'], 'currency' | 'mode' | 'taxes_cents'>;

/** The rows in their order. Those between the balances add up to the difference, with these signs. */
export const ROWS: readonly { key: Amount; sign: 1 | -1; isSum: boolean }[] = [
  { key: 'opening_balance_cents', sign: 1, isSum: true },
  { key: 'sales_cents', sign: 1, isSum: false },
  { key: 'fees_cents', sign: -1, isSum: false },
  { key: 'refunds_cents', sign: -1, isSum: false },
  { key: 'disputes_cents', sign: -1, isSum: false },
  { key: 'transfers_cents', sign: -1, isSum: false },
  { key: 'closing_balance_cents', sign: 1, isSum: true },
];

/** Return as many months as `2026-11`, the current one in UTC first. */
export function listMonths(now: Date, count: number): string[] {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return Array.from({ length: count }, (_, back) => new Date(Date.UTC(year, month - back, 1)).toISOString().slice(0, 7));
}

/** Return a month in words. */
export function nameMonth(month: string, language: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const format = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return format.format(Date.UTC(year, number - 1, 1));
}

interface Owed {
  cents: number;
  currency: string;
}

/** Return what a seller is still to be paid, and what their next sales have to cover. */
export function owedOf(balances: readonly Schemas['CurrencyBalance'][]): { due: Owed[]; negative: Owed[] } {
  const all = balances.map(({ pending, currency }) => ({ cents: pending, currency }));
  return {
    due: all.filter((each) => each.cents > 0),
    negative: all.filter((each) => each.cents < 0).map(({ cents, currency }) => ({ cents: -cents, currency })),
  };
}
