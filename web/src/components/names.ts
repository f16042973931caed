/** Initials and colours of names, and several names in one line. */

import type { Schemas } from '../api/client';

/** Return one or two letters of a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => word !== '');
  const [first = '', second = ''] = words.map((word) => [...word][0] ?? '');
  const letters = second ? first + second : [...(words[0] ?? '')].slice(0, 2).join('');
  return letters.toUpperCase();
}

/** Return a hue that is always the same for a name. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 3600;
  return hash % 360;
}

/** Return artists in one line, with what joins them. */
export function writeLine(artists: readonly Schemas['CreditedArtist'][]): string {
  return artists.map(({ name, join }) => name + join).join('');
}
