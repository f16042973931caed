/** Radio after the end of the queue: tracks similar to the last one that the listener chose. */

import { api, call } from '../../api/client';
import { toPlayable } from './engine.svelte';
import type { Entry, Playable } from './queue';

const LIMIT = 20;

let station: { seed: string; cursor: string } | null = null;

/** Return tracks that are not queued yet, and the title of the track to which they are similar. Throws ApiError. */
export async function findMore(entries: readonly Entry[]): Promise<{ tracks: Playable[]; title: string } | null> {
  const seed = entries.findLast((each) => each.station === null)?.track;
  if (!seed) return null;
  const cursor = station?.seed === seed.id ? station.cursor : undefined;
  const query = { track_id: seed.id, limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
  const page = await call(api.GET('/api/v1/radio', { params: { query } }));
  station = page.next_cursor === null ? null : { seed: seed.id, cursor: page.next_cursor };
  const known = new Set(entries.map((each) => each.track.id));
  return { tracks: page.tracks.filter((each) => !known.has(each.id)).map((each) => toPlayable(each)), title: seed.title };
}
