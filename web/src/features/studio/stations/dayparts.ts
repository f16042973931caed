/** Hours of the week with a list of their own, as the form of a station has them. */

import { regional } from '../../../i18n/format';
import type { Daypart } from '../../stations/stations';

export const MAX_DAYPARTS = 20;
const DAYS = 7;
const HOURS = 24;
// A Monday.
const MONDAY = Date.UTC(2024, 0, 1);
const HOUR_MS = 3_600_000;

export interface DaypartDraft {
  /** Of this form alone. */
  key: number;
  name: string;
  /** From Monday, 0. */
  days: number[];
  from: number;
  to: number;
  tracks: string[];
}

let made = 0;

/** Return the drafts of stored hours. An end at 24 is one at 0. */
export function readDayparts(stored: readonly Daypart[]): DaypartDraft[] {
  return stored.map((each) => ({
    key: made++,
    name: each.name,
    days: [...each.days],
    from: each.from_hour,
    to: each.to_hour % HOURS,
    tracks: [...(each.track_ids ?? [])],
  }));
}

/** Return a draft for every evening. */
export function newDaypart(name: string): DaypartDraft {
  return { key: made++, name, days: [...Array(DAYS).keys()], from: 20, to: 0, tracks: [] };
}

/** Return what is stored of drafts. */
export function writeDayparts(drafts: readonly DaypartDraft[]): Daypart[] {
  return drafts.map((each) => ({
    name: each.name.trim(),
    days: [...each.days].sort((one, other) => one - other),
    from_hour: each.from,
    to_hour: each.to,
    track_ids: each.tracks,
  }));
}

/** Return the days of a draft with one added or taken out; one stays at least. */
export function toggleDay(days: readonly number[], day: number): number[] {
  if (!days.includes(day)) return [...days, day];
  return days.length > 1 ? days.filter((each) => each !== day) : [...days];
}

/** Return whether hours end on the day after that on which they begin. */
export function endsNextDay(draft: Pick<DaypartDraft, 'from' | 'to'>): boolean {
  return draft.to <= draft.from;
}

/** Return the names of the days of a week, from Monday on. */
export function dayNames(language: string, weekday: 'short' | 'long'): string[] {
  const format = new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' });
  return [...Array(DAYS).keys()].map((day) => format.format(MONDAY + day * HOURS * HOUR_MS));
}

/** Return the hours of a day as the reader's clock has them. */
export function hourNames(language: string): string[] {
  const format = new Intl.DateTimeFormat(regional(language), { timeStyle: 'short', timeZone: 'UTC' });
  return [...Array(HOURS).keys()].map((hour) => format.format(MONDAY + hour * HOUR_MS));
}
