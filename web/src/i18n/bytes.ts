/** How sizes are written. */

import { formatNumber } from './format';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Return a size such as 3.4 MB. */
export function formatBytes(bytes: number, inLanguage: string): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${formatNumber(Math.round(value * 10) / 10, inLanguage)} ${UNITS[power] ?? ''}`;
}
