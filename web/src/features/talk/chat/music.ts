/** Data of music cards, loaded once for all messages that link the same item. */

import { api, call } from '../../../api/client';
import type { Palette } from '../../../components/palette';
import { session } from '../../../shell/session.svelte';
import { toPlayable } from '../../player/engine.svelte';
import type { Playable } from '../../player/queue';
import type { MusicLink } from './links';

export interface Music {
  title: string;
  by: string;
  coverUrl: string | null;
  palette: Palette | null;
  tracks: readonly Playable[];
  /** Of a track alone. */
  durationSeconds: number | null;
}

const MAX_KEPT = 200;
const MAX_TRACKS = 100;
const kept = new Map<string, Promise<Music>>();

/** Return what a link leads to. Throws ApiError if the member may not see it. */
export function loadMusic({ kind, id }: Pick<MusicLink, 'kind' | 'id'>): Promise<Music> {
  // What one account may see is not for the next one.
  const key = `${session.actor?.id ?? ''} ${kind} ${id}`;
  const known = kept.get(key);
  if (known) return known;
  const loading = LOADERS[kind](id);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, loading);
  loading.catch(() => kept.delete(key));
  return loading;
}

const LOADERS: Record<MusicLink['kind'], (id: string) => Promise<Music>> = {
  async tracks(track_id) {
    const track = await call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } } }));
    return {
      title: track.title,
      by: track.artist.display_name,
      coverUrl: track.cover_url,
      palette: track.cover_palette,
      tracks: [toPlayable(track)],
      durationSeconds: track.duration_seconds,
    };
  },
  async releases(release_id) {
    const path = { params: { path: { release_id } } };
    const [release, placed] = await Promise.all([
      call(api.GET('/api/v1/releases/{release_id}', path)),
      call(api.GET('/api/v1/releases/{release_id}/tracks', path)),
    ]);
    return {
      title: release.title,
      by: release.artist_name,
      coverUrl: release.cover_url,
      palette: release.cover_palette,
      tracks: placed.tracks.map((each) => toPlayable(each.track)),
      durationSeconds: null,
    };
  },
  async playlists(playlist_id) {
    const path = { playlist_id };
    const [playlist, page] = await Promise.all([
      call(api.GET('/api/v1/playlists/{playlist_id}', { params: { path } })),
      call(api.GET('/api/v1/playlists/{playlist_id}/entries', { params: { path, query: { limit: MAX_TRACKS } } })),
    ]);
    return {
      title: playlist.title,
      by: playlist.owner.display_name,
      coverUrl: playlist.cover_url,
      palette: playlist.cover_palette,
      tracks: page.entries.flatMap((entry) => (entry.track ? [toPlayable(entry.track)] : [])),
      durationSeconds: null,
    };
  },
};
