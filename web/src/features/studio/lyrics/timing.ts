/** The lines of lyrics, and when each is sung. Pure: a timing is never changed, only replaced. */

export interface Line {
  text: string;
  /** The second at which it begins; null until it has one. */
  at: number | null;
}

export interface Timing {
  lines: readonly Line[];
  /** The line that gets the next tap; as many as there are lines after the last. */
  next: number;
}

interface Known {
  text: string;
  at: number | null;
}

/** A tap of an adjustment moves a line by so much. */
export const STEP_S = 0.1;
/** As many as the server takes. */
export const MAX_LINES = 5000;

/** Return the lines of a text. Those that were known keep their times, also where only their words were changed. */
export function timingOf(text: string, known: readonly Known[]): Timing {
  const texts = text === '' ? [] : text.split('\n').map((each) => each.trim());
  const start = countEqual(texts, known);
  const left = Math.min(texts.length, known.length) - start;
  const end = Math.min(left, countEqual([...texts].reverse(), [...known].reverse()));
  const changed = texts.slice(start, texts.length - end);
  const before = known.slice(start, known.length - end);
  const times = changed.length === before.length ? before.map((each) => each.at) : findTimes(changed, before);
  const lines = texts.map((each, index) => {
    if (index < start) return { text: each, at: known[index]?.at ?? null };
    if (index >= texts.length - end) return { text: each, at: known[index + known.length - texts.length]?.at ?? null };
    return { text: each, at: times[index - start] ?? null };
  });
  return { lines, next: afterBlank(lines, firstUntimed(lines)) };
}

/** Return the text of the lines. */
export function textOf(lines: readonly Known[]): string {
  return lines.map((each) => each.text).join('\n');
}

/** Give the next line this second, and go on to the one after it. */
export function tap(timing: Timing, at: number): Timing {
  const { lines, next } = timing;
  if (next >= lines.length) return timing;
  return { lines: withTime(lines, next, at), next: afterBlank(lines, next + 1) };
}

/** Select the line that the next tap times. */
export function choose(timing: Timing, index: number): Timing {
  return { ...timing, next: index };
}

/** Move a line by some seconds. */
export function shift(timing: Timing, index: number, by: number): Timing {
  const at = timing.lines[index]?.at ?? null;
  return at === null ? timing : { ...timing, lines: withTime(timing.lines, index, at + by) };
}

/** Move all lines by some seconds. */
export function shiftAll(timing: Timing, by: number): Timing {
  return { ...timing, lines: timing.lines.map((each) => ({ ...each, at: each.at === null ? null : round(each.at + by) })) };
}

/** Take the time of a line away, and let the next tap be for it. */
export function clear(timing: Timing, index: number): Timing {
  const lines = timing.lines.map((each, place) => (place === index ? { ...each, at: null } : each));
  return { lines, next: index };
}

/** Return how many lines with words have no time yet. */
export function countUntimed(lines: readonly Line[]): number {
  return lines.filter((each) => each.text !== '' && each.at === null).length;
}

/** Return the places of lines that begin before one above them. */
export function findEarly(lines: readonly Line[]): Set<number> {
  const early = new Set<number>();
  let latest = 0;
  for (const [index, { at }] of lines.entries()) {
    if (at === null) continue;
    if (at < latest) early.add(index);
    else latest = at;
  }
  return early;
}

/** Return whether listeners can follow all lines: each has a time, in their order. */
export function isComplete(lines: readonly Line[]): boolean {
  return lines.some((each) => each.text !== '') && countUntimed(lines) === 0 && findEarly(lines).size === 0;
}

/** Return the lines that have a time, as listeners see them. */
export function timedLines(lines: readonly Line[]): { text: string; start_seconds: number }[] {
  return lines.flatMap(({ text, at }) => (at === null ? [] : [{ text, start_seconds: at }]));
}

/** Return the lines that have a time as LRC. */
export function toLrc(lines: readonly Line[]): string {
  return timedLines(lines)
    .map(({ text, start_seconds }) => `[${formatTime(start_seconds, 2)}]${text}`)
    .join('\n');
}

/** Return a time with so many digits after the point, such as 01:02.5. */
export function formatTime(seconds: number, digits: number): string {
  const unit = 10 ** digits;
  const whole = Math.max(0, Math.round(seconds * unit));
  const [minutes, rest] = [Math.floor(whole / (60 * unit)), whole % (60 * unit)];
  return `${String(minutes).padStart(2, '0')}:${(rest / unit).toFixed(digits).padStart(digits + 3, '0')}`;
}

/** Return how many lines are the same at the beginning. */
function countEqual(texts: readonly string[], known: readonly Known[]): number {
  let count = 0;
  while (count < texts.length && count < known.length && isSame(texts[count], known[count])) count++;
  return count;
}

/** Return the times of the lines that are found again, in their order. */
function findTimes(texts: readonly string[], known: readonly Known[]): (number | null)[] {
  let from = 0;
  return texts.map((text) => {
    const found = text === '' ? -1 : known.findIndex((each, index) => index >= from && isSame(text, each));
    if (found < 0) return null;
    from = found + 1;
    return known[found]?.at ?? null;
  });
}

function isSame(text: string | undefined, known: Known | undefined): boolean {
  return text !== undefined && known !== undefined && fold(text) === fold(known.text);
}

/** The server stores lines with single blanks. */
function fold(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function firstUntimed(lines: readonly Line[]): number {
  const found = lines.findIndex((each) => each.text !== '' && each.at === null);
  return found < 0 ? lines.length : found;
}

/** A blank line is not tapped: return the place of the next one with words. */
function afterBlank(lines: readonly Line[], from: number): number {
  let index = from;
  while (index < lines.length && lines[index]?.text === '') index++;
  return index;
}

function withTime(lines: readonly Line[], index: number, at: number): Line[] {
  return lines.map((each, place) => (place === index ? { ...each, at: round(at) } : each));
}

/** LRC has hundredths of a second. */
function round(seconds: number): number {
  return Math.max(0, Math.round(seconds * 100) / 100);
}
