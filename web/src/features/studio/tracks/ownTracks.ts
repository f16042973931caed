/** The member's own tracks, newest first. */

import { api, call } from '../../../api/client';
import type { Page } from '../../../api/load.svelte';
import { session } from '../../../shell/session.svelte';
import type { Track } from '../uploads/transport';

/** Return a page of them. */
export async function listOwnTracks(cursor: string | undefined, limit: number): Promise<Page<Track>> {
  const params = { path: { username: session.actor?.username ?? '' }, query: { limit, cursor: cursor ?? null } };
  const page = await call(api.GET('/api/v1/users/{username}/tracks', { params }));
  return { items: page.tracks, next: page.next_cursor };
}

/** Return tracks by their ids, in the order of these. */
export async function findTracks(ids: readonly string[]): Promise<Track[]> {
  const { items } = await listOwnTracks(undefined, 100);
  const known = new Map(items.map((each) => [each.id, each]));
  const missing = ids.filter((each) => !known.has(each));
  for (const track_id of missing) known.set(track_id, await call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } } })));
  return ids.flatMap((each) => known.get(each) ?? []);
}
