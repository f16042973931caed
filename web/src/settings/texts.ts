/** Sizes and times to come. */

import { formatNumber } from '../i18n/format';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Return a size such as 3.4 MB. */
export function formatBytes(bytes: number, inLanguage: string): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${formatNumber(Math.round(value * 10) / 10, inLanguage)} ${UNITS[power] ?? ''}`;
}

/** Return the time from now to a moment in the future, such as “in 5 hours”. */
export function formatUntil(at: Date, inLanguage: string, now = Date.now()): string {
  const minutes = Math.max(1, Math.ceil((at.getTime() - now) / 60_000));
  const relative = new Intl.RelativeTimeFormat(inLanguage);
  return minutes < 60 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour');
}
