/** Gifts in the cart and in orders: what is written for them, checked before it is sent, and their state in words. */

import type { Schemas } from '../../../api/client';
import type { Key } from '../../../i18n/index.svelte';

export type Gift = Schemas['Gift'];

/** The fields of a gift in the cart. */
export interface GiftDraft {
  email: string;
  recipientName: string;
  senderName: string;
  message: string;
  /** The day on which the mail is sent, as of a date field; empty for at once. */
  day: string;
}

export const NO_GIFT: GiftDraft = { email: '', recipientName: '', senderName: '', message: '', day: '' };
/** The hour of the buyer's time at which the mail is sent. */
const HOUR = 9;
/** Text that mail programs turn into a link: the same rule as `has_address` of the server. */
export const ADDRESS = /:\/\/|\bwww\.|[\p{L}\p{N}][.\uff0e\u3002\uff61]\p{L}{2,}|[\p{L}\p{N}_]@[\p{L}\p{N}_]/iu;

/** Return why a draft can't be sent yet, by field. */
export function problemsOf(draft: GiftDraft): Partial<Record<keyof GiftDraft, Key>> {
  const found: Partial<Record<keyof GiftDraft, Key>> = {};
  if (!draft.email.trim()) found.email = 'field.not_an_email';
  if (!draft.senderName.trim()) found.senderName = 'field.blank';
  for (const field of ['recipientName', 'senderName', 'message'] as const)
    if (ADDRESS.test(draft[field])) found[field] = 'field.has_address';
  return found;
}

/** Return when the mail of a day is sent; null for at once, also if the day has begun. */
export function sendAt(day: string, now: Date): string | null {
  const [year, month, date] = day.split('-').map(Number);
  if (!year || !month || !date) return null;
  const chosen = new Date(year, month - 1, date, HOUR);
  return chosen > now ? chosen.toISOString() : null;
}

/** Return the last and the first day that can be chosen, as of a date field. */
export function daysFrom(now: Date): { min: string; max: string } {
  return { min: toDay(now), max: toDay(new Date(now.getFullYear() + 1, now.getMonth(), now.getDate())) };
}

/** Return a gift as it is ordered. */
export function toForm(draft: GiftDraft, language: Schemas['Language'], now: Date): Schemas['GiftForm'] {
  return {
    recipient_email: draft.email.trim(),
    recipient_name: draft.recipientName.trim() || null,
    sender_name: draft.senderName.trim(),
    message: draft.message.trim(),
    send_at: sendAt(draft.day, now),
    language,
  };
}

/** Whom a gift is for, in a few letters. */
export function nameOf(draft: GiftDraft): string {
  return draft.recipientName.trim() || draft.email.trim();
}

/** Return whether a stored value is a gift. */
export function isDraft(value: unknown): value is GiftDraft {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(NO_GIFT).every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
}

/** Return the sentence on the state of a gift, and whether it asks its buyer to do something. */
export function stateOf(gift: Gift, now: Date): { key: Key; date: string | null; isBad: boolean } {
  const said = (key: Key, date: string | null = null, isBad = false): ReturnType<typeof stateOf> => ({ key, date, isBad });
  switch (gift.status) {
    case 'waiting':
      if (gift.recipient_email === null) return said('gift.status.nowhere', null, true);
      return new Date(gift.send_at) > now ? said('gift.status.waitingOn', gift.send_at) : said('gift.status.waiting');
    case 'sent':
      return gift.recipient_email === null ? said('gift.status.sentBare') : said('gift.status.sent', gift.sent_at);
    case 'undeliverable':
      if (gift.recipient_email === null || gift.failure === null) return said('gift.status.nowhere', null, true);
      return said(`gift.status.${gift.failure}`, null, true);
    default:
      return said(`gift.status.${gift.status}`);
  }
}

function toDay(day: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
