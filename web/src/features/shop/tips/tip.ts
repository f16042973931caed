/** Amounts of tips: what was chosen or typed, within the limits of the server. */

import { parseAmount } from '../products/amounts';

export const LEAST_CENTS = 50;
export const MOST_CENTS = 100_000_000;
export const MAX_SUGGESTIONS = 5;

/** Return a typed amount in the smallest unit; null if it is none, or not within the limits. */
export function readTip(text: string, currency: string): number | null {
  const cents = parseAmount(text, currency);
  return cents !== null && cents >= LEAST_CENTS && cents <= MOST_CENTS ? cents : null;
}

/** Return the typed suggestions, without empty ones; null if there is none, or one is no amount. */
export function readSuggestions(texts: readonly string[], currency: string): number[] | null {
  const written = texts.filter((text) => text.trim() !== '');
  const cents = written.flatMap((text) => readTip(text, currency) ?? []);
  return cents.length > 0 && cents.length === written.length ? cents : null;
}
