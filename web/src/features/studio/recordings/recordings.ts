/** Places in recordings, as they are typed: 1:02:03, 2:03 or 123. */

import type { Schemas } from '../../../api/client';

export type Recording = Schemas['StreamRecording'];
export type Chapter = Schemas['ReplayChapter'];

/** Return the milliseconds of a typed time; null if it is none. */
export function readPlace(text: string): number | null {
  const parts = text.trim().split(':');
  if (parts.length > 3 || !parts.every((each) => /^\d{1,6}(\.\d{1,3})?$/.test(each))) return null;
  const whole = parts.slice(0, -1).some((each) => each.includes('.'));
  if (whole) return null;
  return Math.round(parts.reduce((sum, each) => sum * 60 + Number(each), 0) * 1000);
}

/** Return a place as it is typed, with tenths of a second where they are not zero. */
export function writePlace(ms: number): string {
  const tenths = Math.round(ms / 100);
  const seconds = Math.floor(tenths / 10);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  const text = shown.map((each, index) => (index === 0 ? String(each) : String(each).padStart(2, '0'))).join(':');
  return tenths % 10 === 0 ? text : `${text}.${tenths % 10}`;
}

/** Return the chapter that plays at a place; -1 before the first one. */
export function chapterAt(chapters: readonly Chapter[], ms: number): number {
  return chapters.findLastIndex((each) => each.start_ms <= ms);
}
