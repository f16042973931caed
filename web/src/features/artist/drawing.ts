/** Drawings of the page of a profile without a picture. */

import type { Palette } from '../../components/palette';
import { hueOf } from '../../components/names';

const CENTRE = 200;
const INNER = 128;
const SHORTEST = 8;
const LONGEST = 46;
// Without a picture and a cover, a page is coloured by its address, softly.
const CHROMA = 0.06;
// Scripts whose letters stand as they are: not closer to each other, and with room above.
const PLAIN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Thai}]/u;

/** Return the outline of a line for each peak, from 0 to 1, around the middle of a box of 400 by 400. */
export function drawRing(peaks: readonly number[]): string {
  return peaks
    .map((peak, index) => {
      const angle = (index / peaks.length) * 2 * Math.PI - Math.PI / 2;
      const outer = INNER + SHORTEST + LONGEST * Math.max(0, Math.min(1, peak));
      return `M${point(INNER, angle)}L${point(outer, angle)}`;
    })
    .join('');
}

function point(radius: number, angle: number): string {
  return `${Math.round(CENTRE + radius * Math.cos(angle))} ${Math.round(CENTRE + radius * Math.sin(angle))}`;
}

/** Return the first letter of a name as people see it: with its accents, as one for an emoji. */
export function firstLetterOf(name: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim());
  return first?.segment ?? '?';
}

/** Return whether a name is written in a script whose letters are not set closer. */
export function isPlain(name: string): boolean {
  return PLAIN.test(name);
}

/** Return the colours of a page that has no picture to take them from. */
export function paletteOf(handle: string): Palette {
  const colour = [hueOf(handle), CHROMA];
  return { dark: colour, light: colour };
}
