import { expect, test } from 'vitest';
import { dueLabel, expectedOf, takesFiles, waitingFor } from './commissions';

test('what is expected of a reader comes first, and each state says whose turn it is', () => {
  expect(expectedOf({ steps: ['message', 'cancel', 'brief'] })).toBe('brief');
  expect(expectedOf({ steps: ['message', 'revise', 'dispute', 'accept'] })).toBe('accept');
  expect(expectedOf({ steps: ['message'] })).toBeNull();
  expect(waitingFor({ status: 'brief', role: 'seller', is_paused: false })).toBe('commission.waits.brief.seller');
  expect(waitingFor({ status: 'delivered', role: 'staff', is_paused: false })).toBe('commission.waits.delivered.buyer');
  expect(waitingFor({ status: 'accepted', role: 'buyer', is_paused: false })).toBe('commission.waits.accepted');
  expect(waitingFor({ status: 'in_progress', role: 'buyer', is_paused: true })).toBe('commission.waits.paused');
  expect(dueLabel({ status: 'delivered' })).toBe('commission.due.delivered');
  expect([takesFiles('deliver'), takesFiles('cancel')]).toEqual([true, false]);
});
