/** What members do with their playlists. */

import { type Schemas, api, call } from '../../api/client';
import { loadMine } from './mine.svelte';

export type Playlist = Schemas['Playlist'];
export type PlaylistEntry = Schemas['PlaylistEntry'];

/** Return the playlists that the member owns or edits; smart ones cannot be added to. */
export async function listEditable(): Promise<Playlist[]> {
  const page = await call(api.GET('/api/v1/users/me/playlists', { params: { query: { limit: 100 } } }));
  return page.playlists.filter((each) => each.rules === null && (each.role === 'owner' || each.role === 'editor'));
}

/** Create a private playlist. */
export async function createPlaylist(title: string): Promise<Playlist> {
  const made = await call(api.POST('/api/v1/playlists', { body: { title, description: '', visibility: 'private' } }));
  void loadMine();
  return made;
}

/** As many as the server takes at once. */
const ADDED_AT_ONCE = 100;

/** Add tracks to the end of a playlist, in their order. */
export async function addToPlaylist(playlistId: string, trackIds: readonly string[]): Promise<void> {
  const params = { path: { playlist_id: playlistId } };
  for (let start = 0; start < trackIds.length; start += ADDED_AT_ONCE) {
    const track_ids = trackIds.slice(start, start + ADDED_AT_ONCE);
    await call(api.POST('/api/v1/playlists/{playlist_id}/entries', { params, body: { track_ids } }));
  }
}

/** Move an entry before another one; null is the end. */
export async function moveEntry(playlistId: string, entryId: string, before: string | null): Promise<void> {
  const params = { path: { playlist_id: playlistId } };
  await call(api.POST('/api/v1/playlists/{playlist_id}/entries/move', { params, body: { entry_ids: [entryId], before } }));
}

/** Take an entry out of a playlist. */
export async function removeEntry(playlistId: string, entryId: string): Promise<void> {
  const params = { path: { playlist_id: playlistId } };
  await call(api.POST('/api/v1/playlists/{playlist_id}/entries/remove', { params, body: { entry_ids: [entryId] } }));
}

/** Return a list in which an item has another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const result = [...items];
  const [item] = result.splice(from, 1);
  if (item !== undefined) result.splice(to, 0, item);
  return result;
}
