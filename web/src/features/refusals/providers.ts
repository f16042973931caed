/**
 * Why a payment provider refused something, and why the program itself began or ended a refund: the server
 * stores a sentence in English, which begins with the provider's code if there is one.
 */

import { loadRefusals } from '../../api/explain';
import { find } from '../../i18n/index.svelte';

/** The beginnings of the server's own sentences. A test finds those that are missing. */
const BEGINNINGS = {
  'The payment provider has not confirmed': 'provider.unanswered',
  'An admin found that this refund': 'provider.notMade',
  'The provider gave no reason.': 'provider.silent',
  'Hyperswitch refused, and': 'provider.silent',
  'Stripe refused, and': 'provider.silent',
  'The sandbox is set to refuse.': 'provider.refused',
  'The sandbox knows no such payment method': 'provider.method',
  'Hyperswitch knows no such payment method': 'provider.method',
  'The payment was cancelled.': 'provider.cancelled',
  "The seller hasn't connected": 'provider.seller',
  'It was paid by': 'provider.gone',
  'The seller cancelled the pre-orders.': 'provider.preorders',
  'It was taken down, and': 'provider.takenDown',
  'The payment arrived when': 'provider.late',
} as const;

/** Codes of Hyperswitch and of the processors behind it, by their text. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  'provider.funds': ['insufficient_funds', '51'],
  'provider.card': ['card_declined', 'generic_decline', 'do_not_honor', 'transaction_not_allowed', 'CE_01', '05'],
  'provider.expired': ['expired_card', 'expired_or_canceled_card', 'CE_05', '54'],
  'provider.data': ['incorrect_number', 'invalid_number', 'incorrect_cvc', 'invalid_cvc', 'invalid_expiry_year', 'CE_04', '14'],
  'provider.proof': ['authentication_required', 'authentication_failed', 'CE_02'],
  'provider.lost': ['lost_card', 'stolen_card', 'lost_or_stolen_card', 'pickup_card', '41', '43'],
  'provider.again': ['processing_error', 'try_again_later', 'issuer_not_available', 'CE_06', '91'],
  'provider.refunded': ['charge_already_refunded', 'IR_13'],
  'provider.disputed': ['charge_disputed'],
  'provider.balance': ['insufficient_balance', 'balance_insufficient'],
  'provider.amount': ['amount_too_large', 'amount_too_small', 'invalid_amount'],
};

// A code is a word before a colon, as no sentence begins with one.
const CODE = /^([A-Za-z0-9]+(?:[_.-][A-Za-z0-9]+)*)(?:: |$)/;

/** Return a sentence about a reason. One that is shown changes when the texts are loaded. */
export function explainProvider(reason: string): string {
  const [key, code] = keyOf(reason);
  const text = find(key, { code });
  if (text === null) void loadRefusals();
  return text ?? '';
}

function keyOf(reason: string): [key: string, code: string] {
  const own = Object.entries(BEGINNINGS).find(([beginning]) => reason.startsWith(beginning))?.[1];
  if (own) return [own, ''];
  const code = CODE.exec(reason)?.[1] ?? '';
  const known = Object.entries(CODES).find(([, codes]) => codes.includes(code))?.[0];
  return [known ?? (code ? 'provider.unknown' : 'provider.refused'), code];
}

/** Return why a refund was asked for: in the words of who asked, or of the program in those of the reader. */
export function explainReason(reason: string): string {
  return Object.keys(BEGINNINGS).some((beginning) => reason.startsWith(beginning)) ? explainProvider(reason) : reason;
}
