/** The days of a report of downloads. */

import type { Schemas } from '../../../api/client';

export type DayDownloads = Schemas['DayDownloads'];

/** Return the last days in UTC, with 0 for those without downloads, which the report leaves out. */
export function fillDays(found: readonly DayDownloads[], count: number, now: Date): DayDownloads[] {
  const known = new Map(found.map((each) => [each.day, each.downloads]));
  return Array.from({ length: count }, (_, place) => {
    const at = new Date(now);
    at.setUTCDate(at.getUTCDate() - (count - 1 - place));
    const day = at.toISOString().slice(0, 10);
    return { day, downloads: known.get(day) ?? 0 };
  });
}
