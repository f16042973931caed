import { expect, test } from 'vitest';
import { type Gift, NO_GIFT, daysFrom, isDraft, nameOf, problemsOf, sendAt, stateOf, toForm } from './gift';

const NOW = new Date(2026, 11, 1, 12);
const DRAFT = { ...NO_GIFT, email: ' maren@example.com ', senderName: 'Jon' };

test('a gift needs an address and a name, and no web addresses', () => {
  expect(problemsOf(NO_GIFT)).toEqual({ email: 'field.not_an_email', senderName: 'field.blank' });
  expect(problemsOf(DRAFT)).toEqual({});
  for (const message of ['look at http://x', 'www.x', 'evil.com', 'me@evil', 'пример.рф'])
    expect(problemsOf({ ...DRAFT, message }), message).toEqual({ message: 'field.has_address' });
  for (const message of ['Happy birthday. Love, Jon', 'z.B. so', '3.5 stars', 'J.R.R. Tolkien', '…'])
    expect(problemsOf({ ...DRAFT, message }), message).toEqual({});
});

test('a mail is sent in the morning of its day, or at once', () => {
  expect(sendAt('2026-12-24', NOW)).toBe(new Date(2026, 11, 24, 9).toISOString());
  for (const day of ['', '2026-12-01', '2025-12-24', 'soon']) expect(sendAt(day, NOW), day).toBeNull();
  expect(daysFrom(NOW)).toEqual({ min: '2026-12-01', max: '2027-12-01' });
});

test('a gift is ordered without blanks', () => {
  expect(toForm(DRAFT, 'de', NOW)).toEqual({
    recipient_email: 'maren@example.com',
    recipient_name: null,
    sender_name: 'Jon',
    message: '',
    send_at: null,
    language: 'de',
  });
  expect(nameOf(DRAFT)).toBe('maren@example.com');
  expect(nameOf({ ...DRAFT, recipientName: 'Maren' })).toBe('Maren');
});

test('what is stored is a gift, or none', () => {
  expect(isDraft(DRAFT)).toBe(true);
  for (const other of [null, 1, {}, { ...DRAFT, day: null }]) expect(isDraft(other)).toBe(false);
});

test('the state of a gift is told, and what its buyer can do', () => {
  const gift: Gift = {
    item_id: 'i',
    product_id: 'p',
    title: 'Night Ferry',
    status: 'waiting',
    recipient_email: 'maren@example.com',
    recipient_name: null,
    sender_name: 'Jon',
    message: '',
    send_at: new Date(2026, 11, 24).toISOString(),
    sent_at: null,
    failure: null,
    can_resend: false,
    can_correct: true,
  };
  const key = (changes: Partial<Gift>): string => stateOf({ ...gift, ...changes }, NOW).key;
  expect(key({})).toBe('gift.status.waitingOn');
  expect(key({ send_at: NOW.toISOString() })).toBe('gift.status.waiting');
  expect(key({ recipient_email: null })).toBe('gift.status.nowhere');
  expect(key({ status: 'sent', sent_at: NOW.toISOString() })).toBe('gift.status.sent');
  expect(key({ status: 'undeliverable', failure: 'suppressed' })).toBe('gift.status.suppressed');
  expect(key({ status: 'redeemed' })).toBe('gift.status.redeemed');
  expect(stateOf({ ...gift, status: 'undeliverable', failure: 'refused' }, NOW).isBad).toBe(true);
});
