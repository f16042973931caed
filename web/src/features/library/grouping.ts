/** Tracks of the library by artist or by genre. */

import type { Schemas } from '../../api/client';

type Track = Schemas['Track'];

export const GROUPINGS = ['artist', 'genre'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  key: string;
  /** The name of the artist, or the genre; null for tracks without one. */
  name: string | null;
  /** The page of the artist or the genre. */
  path: string | null;
  tracks: Track[];
}

/** Return the tracks in groups by name, in the order of the language; those without one come last. */
export function groupTracks(tracks: readonly Track[], by: Grouping, language: string): Group[] {
  const groups = new Map<string, Group>();
  for (const track of tracks) {
    const made = by === 'artist' ? groupOfArtist(track) : groupOfGenre(track);
    const group = groups.get(made.key) ?? made;
    group.tracks.push(track);
    groups.set(made.key, group);
  }
  const order = new Intl.Collator(language);
  return [...groups.values()].sort(
    (a, b) => Number(a.name === null) - Number(b.name === null) || order.compare(a.name ?? '', b.name ?? ''),
  );
}

function groupOfArtist({ artist }: Track): Group {
  return { key: artist.id, name: artist.display_name, path: `/artists/${artist.username}`, tracks: [] };
}

function groupOfGenre({ genre }: Track): Group {
  return { key: genre ?? '', name: genre, path: genre === null ? null : `/genres/${encodeURIComponent(genre)}`, tracks: [] };
}
