/** What the charts of statistics show. */

import type { Schemas } from '../../../api/client';

export type Report = Schemas['StatisticsReport'];
export type Figures = Schemas['Figures'];
export type Sales = Schemas['Sales'];

/** A span of time: so many days, or months where `interval` says so. */
export interface Span {
  name: '7' | '30' | '90' | 'year';
  from: string;
  interval: 'day' | 'month';
}

export const SPANS = ['7', '30', '90', 'year'] as const;
const DAY_MS = 86_400_000;

/** Return a span that ends today, in UTC as the figures are. */
export function spanOf(name: string | null, now = Date.now()): Span {
  if (name === 'year') {
    const today = new Date(now);
    return {
      name,
      interval: 'month',
      from: new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 11, 1)).toISOString().slice(0, 10),
    };
  }
  const known = SPANS.find((each) => each === name) ?? '30';
  return { name: known, interval: 'day', from: new Date(now - (Number(known) - 1) * DAY_MS).toISOString().slice(0, 10) };
}

export const METRICS = ['plays', 'listeners', 'likes', 'sales'] as const;
export type Metric = (typeof METRICS)[number];

/** Return the sales that are shown as a chart: with real money if there are any, in the currency with most of them. */
export function mainSales(total: Figures): Pick<Sales, 'currency' | 'mode'> | null {
  const sorted = [...total.sales].sort((a, b) => Number(b.mode === 'live') - Number(a.mode === 'live') || b.net_cents - a.net_cents);
  return sorted[0] ?? null;
}

/** Return the values of a metric; null where a figure is too small to be shown. */
export function valuesOf(report: Report, metric: Metric): (number | null)[] {
  const main = mainSales(report.total);
  return report.periods.map((each) =>
    metric === 'sales'
      ? (each.sales.find((one) => one.currency === main?.currency && one.mode === main.mode)?.net_cents ?? 0)
      : each[metric],
  );
}

/** Return the lines of a scale, from at most 0 to at least the largest value: 2 to 6 round numbers. */
export function ticksOf(values: readonly (number | null)[], smallest = 1): number[] {
  const known = values.filter((each) => each !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(smallest, ...known)];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(smallest, power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10));
  const first = Math.floor(low / step) * step;
  const count = Math.ceil((high - first) / step - 1e-9) + 1;
  return Array.from({ length: count }, (_, index) => first + index * step);
}
