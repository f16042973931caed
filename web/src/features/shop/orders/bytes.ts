/** Sizes of files as people read them. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** Return a size in the largest unit in which it is at least 1, such as `1.5 MB`. */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  const options = { style: 'unit', unit: UNITS[power] ?? 'byte', maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language, options).format(value);
}
