/** The lyrics of tracks: plain, or line by line at their seconds. */

import { type Schemas, api, call } from '../../api/client';
import type { Playable } from './queue';

export type Lyrics = Schemas['Lyrics'];

/** Return the lyrics of a track; null if it has none. Throws ApiError. */
export async function loadLyrics(track: Playable): Promise<Lyrics | null> {
  const path = { params: { path: { track_id: track.id } } };
  // What has none is not asked for, as browsers report each 404.
  const has = track.hasLyrics ?? (await call(api.GET('/api/v1/tracks/{track_id}', path))).has_lyrics;
  return has ? call(api.GET('/api/v1/tracks/{track_id}/lyrics', path)) : null;
}

/** Return the index of the line that is sung at a position; -1 before the first. Lines are in their order. */
export function lineAt(lines: readonly { start_seconds: number }[], position: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start_seconds ?? Infinity) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
