/** Chapters as lines of text: a time, a blank, and a title. */

import { formatDuration } from '../../../i18n/format';

export interface Chapter {
  start_seconds: number;
  title: string;
  url?: string | null;
}

const LINE = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)\s+(\S.*)$/;

/** Return chapters as lines. */
export function writeChapters(chapters: readonly Chapter[]): string {
  return chapters.map((each) => `${formatDuration(Math.floor(each.start_seconds))} ${each.title}`).join('\n');
}

/** Return the chapters of lines, with the links that those of the same title had; or the number of the first wrong line. */
export function readChapters(text: string, known: readonly Chapter[] = []): Chapter[] | number {
  const chapters: Chapter[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = LINE.exec(line.trim());
    if (!found) return index + 1;
    const [, hours, minutes, seconds, title = ''] = found;
    const start_seconds = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
    const before = known.find((each) => each.title === title);
    // A time of which only the fraction is not shown stays as it was.
    const isSame = before !== undefined && Math.floor(before.start_seconds) === start_seconds;
    chapters.push({
      start_seconds: isSame ? before.start_seconds : start_seconds,
      title,
      ...(before?.url ? { url: before.url } : {}),
    });
  }
  return chapters;
}
