/** The newest tracks as cards: those of one release together. */

import type { Schemas } from '../../api/client';

/** So many tracks are asked for, as those of a release share a card: as the server does (`heads/service.py`). */
export const NEW = 24;
/** So many cards are shown. */
export const CARDS = 12;
/** As many as a phone shows at once. */
export const FIRST = 4;

type Track = Schemas['Track'];

export type Card =
  | { key: string; release: null; index: number }
  /** `tracks` in the order in which they were published. */
  | { key: string; release: NonNullable<Track['release']>; tracks: readonly Track[] };

/** Return up to `count` cards: a release stands where its newest track does, and for several alone. */
export function toCards(tracks: readonly Track[], count: number): Card[] {
  const ofRelease = new Map<string, Track[]>();
  for (const track of tracks) {
    const key = track.release?.id ?? track.id;
    const together = ofRelease.get(key);
    if (together) together.push(track);
    else ofRelease.set(key, [track]);
  }
  const cards: Card[] = [];
  for (const [key, together] of ofRelease) {
    const [newest] = together;
    if (!newest) continue;
    const { release } = newest;
    if (release && together.length > 1) cards.push({ key, release, tracks: together.toReversed() });
    else cards.push({ key: newest.id, release: null, index: tracks.indexOf(newest) });
  }
  return cards.slice(0, count);
}

/** Return the name of whom all tracks are by; null if they are by several. */
export function commonArtist(tracks: readonly Track[]): string | null {
  const names = new Set(tracks.map((track) => track.artist.display_name));
  return names.size === 1 ? ([...names][0] ?? null) : null;
}
