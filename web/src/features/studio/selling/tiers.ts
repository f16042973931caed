/** The fields of the form of a tier. */

import type { Schemas } from '../../../api/client';
import { parseAmount, writeAmount } from '../../shop/products/amounts';

export type Tier = Schemas['Tier'];

export const LEAST_CENTS = 50;
const MOST_CENTS = 100_000_000;

export interface TierDraft {
  name: string;
  description: string;
  welcome: string;
  monthly: string;
  yearly: string;
  position: string;
  percent: string;
  currency: string;
  isOpen: boolean;
}

/** Return the form of a tier, or of a new one. */
export function draftOf(tier: Tier | null, currency: string, language: string): TierDraft {
  const written = (cents: number | null | undefined): string => (tier && cents ? writeAmount(cents, tier.currency, language) : '');
  return {
    name: tier?.name ?? '',
    description: tier?.description ?? '',
    welcome: tier?.welcome ?? '',
    monthly: written(tier?.monthly_cents),
    yearly: written(tier?.yearly_cents),
    position: String(tier?.position ?? 1),
    percent: String(tier?.percent_off ?? 0),
    currency: tier?.currency ?? currency,
    isOpen: tier?.is_open ?? true,
  };
}

/** Return what a draft says; null without a price, or if a price is no amount. */
export function contentOf(draft: TierDraft): Omit<Schemas['TierForm'], 'currency'> | null {
  const monthly_cents = readPrice(draft.monthly, draft.currency);
  const yearly_cents = readPrice(draft.yearly, draft.currency);
  if (monthly_cents === undefined || yearly_cents === undefined || (monthly_cents === null && yearly_cents === null)) return null;
  return {
    name: draft.name,
    description: draft.description,
    welcome: draft.welcome,
    monthly_cents,
    yearly_cents,
    position: Number(draft.position),
    percent_off: Number(draft.percent),
    is_open: draft.isOpen,
  };
}

/** Return a typed price: null if there is none, undefined if it is no amount within the limits. */
function readPrice(text: string, currency: string): number | null | undefined {
  if (text.trim() === '') return null;
  const cents = parseAmount(text, currency);
  return cents !== null && cents >= LEAST_CENTS && cents <= MOST_CENTS ? cents : undefined;
}
