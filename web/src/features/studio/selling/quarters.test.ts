import { expect, test } from 'vitest';
import { listQuarters } from './quarters';

test('quarters go back over the turn of a year', () => {
  expect(listQuarters(new Date('2026-03-31T23:59:59Z'), 3)).toEqual(['2026-Q1', '2025-Q4', '2025-Q3']);
  expect(listQuarters(new Date('2026-12-31T23:59:59Z'), 1)).toEqual(['2026-Q4']);
});
