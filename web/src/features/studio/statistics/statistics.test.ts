import { expect, test } from 'vitest';
import { type Report, mainSales, spanOf, ticksOf, valuesOf } from './statistics';

test('a span ends today, in UTC', () => {
  const now = Date.parse('2026-03-01T23:30:00Z');
  expect(spanOf('7', now)).toEqual({ name: '7', interval: 'day', from: '2026-02-23' });
  expect(spanOf('year', now)).toEqual({ name: 'year', interval: 'month', from: '2025-04-01' });
  expect(spanOf('3000', now).name).toBe('30');
});

test('a scale has few round lines around all values', () => {
  expect(ticksOf([0, null, 0])).toEqual([0, 1]);
  expect(ticksOf([3, 17])).toEqual([0, 5, 10, 15, 20]);
  expect(ticksOf([100])).toEqual([0, 50, 100]);
  expect(ticksOf([-30, 90])).toEqual([-50, 0, 50, 100]);
  for (let value = 1; value < 3e9; value = Math.ceil(value * 1.7)) {
    const ticks = ticksOf([value]);
    expect([value, ticks.length >= 2 && ticks.length <= 6, (ticks.at(-1) ?? 0) >= value]).toEqual([value, true, true]);
  }
});

test('sales with real money come before those of the sandbox', () => {
  const sales = [
    { currency: 'EUR', mode: 'test', net_cents: 900 },
    { currency: 'USD', mode: 'live', net_cents: 10 },
    { currency: 'EUR', mode: 'live', net_cents: 20 },
  ];
  const report = {
    total: { sales },
    periods: [
      { plays: 3, listeners: null, sales },
      { plays: 1, listeners: 7, sales: [] },
    ],
  } as unknown as Report;
  expect(mainSales(report.total)).toMatchObject({ currency: 'EUR', mode: 'live' });
  expect([valuesOf(report, 'sales'), valuesOf(report, 'listeners')]).toEqual([
    [20, 0],
    [null, 7],
  ]);
});
