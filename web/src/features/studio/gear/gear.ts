/** What is said about gear and its repairs, as forms have it and as the API takes it. */

import type { Schemas } from '../../../api/client';
import { parseAmount, writeAmount } from '../../shop/products/amounts';
import { isCurrency } from '../selling/products';

export type Gear = Schemas['Gear'];
export type GearForm = Schemas['GearForm'];
export type Repair = Schemas['Repair'];
export type RepairForm = Schemas['RepairForm'];
export type GearDocument = Schemas['GearDocument'];

/** The kinds of documents that are offered. Others, of programs, are shown as they are called. */
export const DOCUMENT_TYPES = ['invoice', 'manual', 'warranty', 'photo', 'other'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** An amount as it is typed. */
export interface AmountDraft {
  amount: string;
  currency: string;
}

/** Return an amount in the smallest unit, null for none, or undefined if what is typed is no amount. */
export function centsOf({ amount, currency }: AmountDraft): number | null | undefined {
  if (!isCurrency(currency)) return undefined;
  return amount.trim() === '' ? null : (parseAmount(amount, currency) ?? undefined);
}

export interface GearDraft extends AmountDraft {
  name: string;
  category: string;
  brand: string;
  model: string;
  serial: string;
  bought: string;
  warranty: string;
  notes: string;
}

/** Return the form of an item. */
export function draftOf(gear: Partial<Gear>, language: string): GearDraft {
  const { price_cents = null, currency = 'EUR' } = gear;
  return {
    name: gear.name ?? '',
    category: gear.category ?? '',
    brand: gear.brand ?? '',
    model: gear.model ?? '',
    serial: gear.serial_number ?? '',
    bought: gear.bought_on ?? '',
    warranty: gear.warranty_until ?? '',
    notes: gear.notes ?? '',
    amount: price_cents === null ? '' : writeAmount(price_cents, currency, language),
    currency,
  };
}

/** Return what the form of an item asks for. */
export function formOf(draft: GearDraft, price_cents: number | null): GearForm {
  return {
    name: draft.name.trim(),
    category: draft.category.trim(),
    brand: draft.brand.trim(),
    model: draft.model.trim(),
    serial_number: draft.serial.trim(),
    bought_on: draft.bought || null,
    warranty_until: draft.warranty || null,
    notes: draft.notes.trim(),
    price_cents,
    currency: draft.currency,
  };
}

/** Return a moment of a day, which is on that day in all time zones of the reader. */
export function middayOf(day: string): string {
  return `${day}T12:00`;
}

/** How a warranty stands on a day: it has ended, ends within thirty days, or later. */
export function warrantyOn(day: Date, lastDay: string): 'ended' | 'ending' | 'valid' {
  const days = (Date.parse(lastDay) - Date.parse(day.toISOString().slice(0, 10))) / 86_400_000;
  return days < 0 ? 'ended' : days <= 30 ? 'ending' : 'valid';
}
