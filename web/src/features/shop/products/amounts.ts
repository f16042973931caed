/** Amounts that people type: read without floating point, into the smallest unit of the currency. */

/** Return how many digits the currency has after the point. */
export function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/**
 * Return an amount in the smallest unit, or null if the text is none: `7`, `7.5` and `7,50` are 700,
 * 750 and 750 in euros. The last point or comma is the decimal one, unless three digits follow.
 */
export function parseAmount(text: string, currency: string): number | null {
  const compact = text.replace(/[\s'’\u00a0\u202f]/g, '');
  const found = /^(\d{1,3}(?:[.,]\d{3})*|\d+)(?:[.,](\d{1,2}))?$/.exec(compact);
  if (!found) return null;
  const digits = digitsOf(currency);
  const [whole, part = ''] = [(found[1] ?? '').replace(/[.,]/g, ''), found[2]];
  if (part.length > digits || whole.length > 9) return null;
  return Number(whole + part.padEnd(digits, '0'));
}

/** Return an amount as it is typed: 750 euro cents are `7.50`, or `7,50` where a comma is written. */
export function writeAmount(minor: number, currency: string, language: string): string {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
  return format.format(minor / 10 ** digits);
}
