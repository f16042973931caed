/** Times as conversations show them. */

import { regional } from './format';

const DAY_MS = 86_400_000;

/** Return the time if it was today, the day of the week in the last six days, else the date. */
export function formatShort(iso: string, language: string, now = Date.now()): string {
  const date = new Date(iso);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (date.getTime() >= midnight) return formatTime(iso, language);
  const isRecent = date.getTime() >= midnight - 6 * DAY_MS;
  return new Intl.DateTimeFormat(regional(language), isRecent ? { weekday: 'short' } : { day: 'numeric', month: 'short' }).format(date);
}

/** Return hours and minutes. */
export function formatTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { hour: '2-digit', minute: '2-digit' }).format(new Date(iso));
}

/** Return a day in words; null if it is today. */
export function formatDay(iso: string, language: string, now = Date.now()): string | null {
  const date = new Date(iso);
  if (date.getTime() >= new Date(now).setHours(0, 0, 0, 0)) return null;
  const hasOtherYear = date.getFullYear() !== new Date(now).getFullYear();
  const options = { weekday: 'long', day: 'numeric', month: 'long', ...(hasOtherYear ? ({ year: 'numeric' } as const) : {}) } as const;
  return new Intl.DateTimeFormat(regional(language), options).format(date);
}

/** Return a size in words. */
export function formatSize(bytes: number, language: string): string {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
