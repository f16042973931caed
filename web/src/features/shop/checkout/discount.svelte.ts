/** The discount code of an order that is about to be placed. One that came with a link is kept for the visit. */

import { type Schemas, api, call } from '../../../api/client';
import { asApiError } from '../../../api/errors';
import { type Quote, cleanCode, itemsToQuote } from './discounts';
import type { CartLine } from './cart';

type BillingDetails = Schemas['BillingDetails'];

const STORED = 'veza.discount';

/** Keep a code for this visit, or none. */
export function keepCode(code: string | null): void {
  if (code === null) sessionStorage.removeItem(STORED);
  else sessionStorage.setItem(STORED, code);
}

/** Keep the code of a link to what is for sale: `?code=SPRING`. */
export function keepCodeOf(query: URLSearchParams): void {
  const code = cleanCode(query.get('code'));
  if (code !== null) keepCode(code);
}

/** Ask what an order of these, of one currency, would cost. Throws ApiError. */
export function askQuote(
  lines: readonly CartLine[],
  discount_code: string | null,
  bundle_id: string | null = null,
  billing: BillingDetails | null = null,
): Promise<Quote> {
  const currency = lines[0]?.currency ?? null;
  return call(
    api.POST('/api/v1/marketplace/quotes', { body: { items: itemsToQuote(lines), currency, discount_code, bundle_id, billing } }),
  );
}

function totalOf(lines: readonly CartLine[]): number {
  return lines.reduce((sum, line) => sum + line.cents, 0);
}

/** A code that is typed, and what it takes off once the server has said so. */
export class DiscountCode {
  typed = $state(cleanCode(sessionStorage.getItem(STORED)) ?? '');
  /** The code that the quote is for. */
  code = $state<string | null>(null);
  quote = $state.raw<Quote | null>(null);
  /** What the order would cost, reduced or not. */
  answer = $state.raw<Quote | null>(null);
  error = $state.raw<unknown>(null);
  isAsking = $state(false);
  #latest = 0;
  #asked: Promise<void> = Promise.resolve();
  readonly #bundleId: string | null;

  /** For an order of a bundle, if it is of one. */
  constructor(bundleId: string | null = null) {
    this.#bundleId = bundleId;
  }

  /** Ask what the typed code takes off, what memberships do, and what tax is in the prices. */
  apply(lines: readonly CartLine[], billing: BillingDetails | null = null): Promise<void> {
    this.#asked = this.#apply(lines, billing);
    return this.#asked;
  }

  /** Wait until what was asked last is answered. */
  settled(): Promise<void> {
    return this.#asked;
  }

  async #apply(lines: readonly CartLine[], billing: BillingDetails | null): Promise<void> {
    const code = cleanCode(this.typed);
    const mine = ++this.#latest;
    [this.code, this.quote, this.error] = [null, null, null];
    // What is wrong is shown beside the line.
    if (code === null && lines.some((line) => line.problem !== null)) return;
    this.isAsking = true;
    try {
      const quote = await askQuote(lines, code, this.#bundleId, billing);
      if (mine !== this.#latest) return;
      this.answer = quote;
      if (code !== null || quote.total_cents < totalOf(lines)) this.quote = quote;
      this.code = code;
      if (code !== null) keepCode(code);
    } catch (failure) {
      // Without a code nothing was asked for by the buyer: the order says what is wrong.
      if (mine !== this.#latest) return;
      this.answer = null;
      if (code !== null) this.error = asApiError(failure);
    } finally {
      if (mine === this.#latest) this.isAsking = false;
    }
  }

  /** Order without a code. */
  remove(): void {
    this.#latest++;
    [this.typed, this.code, this.quote, this.error, this.isAsking] = ['', null, null, null, false];
    keepCode(null);
  }
}
