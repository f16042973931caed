import { expect, test } from 'vitest';
import { ROWS, listMonths, nameMonth, owedOf } from './statements';

test('months are those of UTC, also over the turn of a year', () => {
  expect(listMonths(new Date('2027-01-31T23:30:00Z'), 3)).toEqual(['2027-01', '2026-12', '2026-11']);
  expect(nameMonth('2026-11', 'en')).toBe('November 2026');
  expect(nameMonth('2026-11', 'de')).toBe('November 2026');
});

test('the rows add up to the closing balance', () => {
  const statement = {
    opening_balance_cents: 100,
    sales_cents: 600,
    fees_cents: 60,
    refunds_cents: 270,
    disputes_cents: 10,
    transfers_cents: 60,
    closing_balance_cents: 300,
  };
  const sum = ROWS.slice(0, -1).reduce((total, { key, sign }) => total + sign * statement[key], 0);
  expect(sum).toBe(statement.closing_balance_cents);
});

test('what is owed to a seller is apart from what a seller owes', () => {
  const balances = [
    { currency: 'EUR', pending: 270, available: 0 },
    { currency: 'USD', pending: -5, available: 9 },
    { currency: 'GBP', pending: 0, available: 1 },
  ];
  expect(owedOf(balances)).toEqual({ due: [{ cents: 270, currency: 'EUR' }], negative: [{ cents: 5, currency: 'USD' }] });
});
