/** Covers of tracks, which their owner replaces or removes. */

import { type Schemas, api, call } from '../../api/client';

type Track = Schemas['Track'];

/** Make an image the cover of a track. Throws ApiError. */
export async function setCover(track: Pick<Track, 'id'>, image_id: string): Promise<Track> {
  const made = await call(api.PUT('/api/v1/tracks/{track_id}/cover', { params: { path: { track_id: track.id } }, body: { image_id } }));
  // The address is the same: this page would go on to show the former picture.
  return { ...made, cover_url: made.cover_url && `${made.cover_url}${made.cover_url.includes('?') ? '&' : '?'}image=${image_id}` };
}

/** Remove the cover of a track. Throws ApiError. */
export function removeCover(track: Pick<Track, 'id'>): Promise<Track> {
  return call(api.DELETE('/api/v1/tracks/{track_id}/cover', { params: { path: { track_id: track.id } } }));
}
