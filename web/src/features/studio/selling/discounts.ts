/** Discount codes as their seller sees and writes them. Pure. */

import type { Schemas } from '../../../api/client';
import { parseAmount, writeAmount } from '../../shop/products/amounts';

export type Discount = Schemas['Discount'];

/** A discount as a form has it: all texts. */
export interface DiscountDraft {
  code: string;
  label: string;
  kind: 'percent' | 'amount';
  percent: string;
  amount: string;
  currency: string;
  /** The days, where the seller is. */
  from: string;
  until: string;
  maxUses: string;
  maxUsesPerBuyer: string;
  isForAll: boolean;
  productIds: string[];
}

export type DiscountState = 'later' | 'on' | 'ended' | 'usedUp';

/** Return the form of a discount, or an empty one. */
export function draftOf(discount: Discount | null, currency: string, language: string): DiscountDraft {
  const known = discount?.currency ?? currency;
  return {
    code: discount?.code ?? '',
    label: discount?.label ?? '',
    kind: discount?.amount_cents ? 'amount' : 'percent',
    percent: String(discount?.percent ?? 20),
    amount: discount?.amount_cents ? writeAmount(discount.amount_cents, known, language) : '',
    currency: known,
    from: dayOf(discount?.starts_at ?? null),
    until: dayOf(discount?.ends_at ?? null),
    maxUses: String(discount?.max_uses ?? ''),
    maxUsesPerBuyer: String(discount?.max_uses_per_buyer ?? ''),
    isForAll: (discount?.product_ids ?? null) === null,
    productIds: discount?.product_ids ?? [],
  };
}

/** Return what can be changed of a discount. A day that is as it was keeps its time. */
export function limitsOf(draft: DiscountDraft, stored: Discount | null = null): Schemas['DiscountChange'] {
  return {
    label: draft.label.trim() || null,
    product_ids: draft.isForAll ? null : draft.productIds,
    starts_at: momentOf(draft.from, '00:00:00', stored?.starts_at ?? null),
    ends_at: momentOf(draft.until, '23:59:59', stored?.ends_at ?? null),
    max_uses: countOf(draft.maxUses),
    max_uses_per_buyer: countOf(draft.maxUsesPerBuyer),
  };
}

/** Return what a new discount asks for, or null if its amount is none. */
export function formOf(draft: DiscountDraft): Schemas['DiscountForm'] | null {
  const limits = limitsOf(draft) as Omit<Schemas['DiscountForm'], 'code'>;
  const code = draft.code.trim();
  if (draft.kind === 'percent') return { ...limits, code, percent: Number(draft.percent) };
  const amount_cents = /^[A-Z]{3}$/.test(draft.currency) ? parseAmount(draft.amount, draft.currency) : null;
  return amount_cents === null || amount_cents === 0 ? null : { ...limits, code, amount_cents, currency: draft.currency };
}

/** Return whether a discount is valid, and if not, why. */
export function stateOf(discount: Pick<Discount, 'starts_at' | 'ends_at' | 'max_uses' | 'used_count'>, now: Date): DiscountState {
  if (discount.ends_at !== null && new Date(discount.ends_at) <= now) return 'ended';
  if (discount.max_uses !== null && discount.used_count >= discount.max_uses) return 'usedUp';
  return discount.starts_at !== null && new Date(discount.starts_at) > now ? 'later' : 'on';
}

function countOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

function dayOf(iso: string | null): string {
  if (iso === null) return '';
  const at = new Date(iso);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

function momentOf(day: string, time: string, stored: string | null): string | null {
  if (day === dayOf(stored)) return stored;
  return day === '' ? null : new Date(`${day}T${time}`).toISOString();
}
