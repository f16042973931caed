/** The state of the server, as the console shows it. */

import { type Schemas, api, call } from '../../../api/client';
import { toApiError } from '../../../api/errors';
import { regional } from '../../../i18n/format';

export type Health = Schemas['DeepHealth'];
export type Statistics = Readonly<Record<string, Readonly<Record<string, number>>>>;
export type Traffic = Schemas['TrafficReport'];

export const SPANS = ['day', 'week', 'month'] as const;
export const CHECKS = ['database', 'redis', 'storage', 'disk', 'backup'] as const;
/** What takes space, by the names of the statistics. */
export const STORED = [
  'storage.originals_bytes',
  'storage.renditions_bytes',
  'images.files_bytes',
  'products.files_bytes',
  'blobs.stored_bytes',
  'gear.files_bytes',
] as const;

const FORMATS: Readonly<Record<(typeof SPANS)[number], Intl.DateTimeFormatOptions>> = {
  day: { hour: '2-digit', minute: '2-digit' },
  week: { weekday: 'short', hour: '2-digit' },
  month: { day: 'numeric', month: 'short' },
};

/** Return what is written below a point of a chart: as much of the time as its span needs. */
export function labelOf(span: (typeof SPANS)[number], iso: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), FORMATS[span]).format(new Date(iso));
}

/** Return the health of the server: an unhealthy one answers with status 503. */
export async function fetchHealth(): Promise<Health> {
  const { data, error, response } = await api.GET('/api/v1/health/deep');
  const body: unknown = data ?? error;
  if (typeof body === 'object' && body !== null && 'data' in body) return (body as { data: Health }).data;
  throw toApiError(error, response);
}

/** Return the statistics of all areas. */
export async function fetchStatistics(): Promise<Statistics> {
  return call(api.GET('/api/v1/admin/stats'));
}

/** Return a figure such as `jobs.failed`; 0 if the server has none of this name. */
export function figureOf(statistics: Statistics, name: string): number {
  const [area = '', figure = ''] = name.split('.');
  return statistics[area]?.[figure] ?? 0;
}

/** Return a detail of a check if it is a number. */
export function detailOf(check: Health['checks'][string] | undefined, name: string): number | null {
  const value: unknown = check?.details?.[name];
  return typeof value === 'number' ? value : null;
}
