import { expect, test } from 'vitest';
import { type OwnNotice, dateAfter, mayCounter, stateOf, urlsOf } from './notices';

const COUNTER = {
  statement: 'It is mine.',
  name: 'Ida Corner',
  address: 'Brest',
  email: 'ida@example.com',
  owner_id: 'o',
  created_at: '2026-11-30T00:00:00Z',
  restore_at: '2026-12-14T00:00:00Z',
  restored_at: null,
  claim_filed_at: null,
};
const ITEM = { content_type: 'track', content_id: 't', title: 'Corner Store', takedown_id: 'd', is_hidden: true };
const NOTICE: OwnNotice = {
  id: 'n',
  status: 'upheld',
  rights_holder: 'Ferry',
  signature: 'Ada',
  work: 'A recording',
  statement: 'In good faith.',
  items: [ITEM],
  confirmed_at: '2026-11-30T00:00:00Z',
  counter: null,
};

test('addresses are separated by lines, blanks or commas', () => {
  expect(urlsOf(' https://a/tracks/1\n\nhttps://a/tracks/2, https://a/tracks/3 ')).toEqual([
    'https://a/tracks/1',
    'https://a/tracks/2',
    'https://a/tracks/3',
  ]);
  expect(urlsOf(' \n')).toEqual([]);
});

test('a counter-notice waits until its items are back, or a claim is noted', () => {
  expect(stateOf(COUNTER)).toBe('waits');
  expect(stateOf({ ...COUNTER, restored_at: COUNTER.restore_at })).toBe('restored');
  expect(stateOf({ ...COUNTER, claim_filed_at: COUNTER.created_at })).toBe('claimed');
});

test('an owner objects once, while something is hidden', () => {
  expect(mayCounter(NOTICE)).toBe(true);
  expect(mayCounter({ ...NOTICE, status: 'pending' })).toBe(true);
  expect(mayCounter({ ...NOTICE, status: 'rejected' })).toBe(false);
  expect(mayCounter({ ...NOTICE, counter: COUNTER })).toBe(false);
  expect(mayCounter({ ...NOTICE, items: [{ ...ITEM, is_hidden: false }] })).toBe(false);
});

test('the date after some days', () => {
  expect(dateAfter(14, Date.parse('2026-12-01T00:00:00Z'))).toBe('2026-12-15T00:00:00.000Z');
});
