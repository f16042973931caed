/** Clips: short passages of streams that viewers kept. */

import type { Schemas } from '../../api/client';

export type Clip = Schemas['StreamClip'];
/** The source of a clip: the stream as it is heard, or the replay at a position. */
export type ClipSource = () => Partial<Pick<Schemas['ClipForm'], 'ended_at' | 'track_id' | 'position_ms'>>;

/** How many seconds a clip may have, to choose from. */
export const LENGTHS = ['15', '30', '60', '90'] as const;

/** Return the ticket that an address of media has, for visitors who entered the password of a stream. */
export function ticketOf(url: string | undefined, origin: string): string | undefined {
  return (url && new URL(url, origin).searchParams.get('ticket')) || undefined;
}

/** Return the path of the page of a clip; of a stream that is not for everybody, it tells of which it is. */
export function clipPath(clip: Pick<Clip, 'id' | 'stream_id' | 'playback_url'>, origin = location.origin): string {
  const isOpen = clip.playback_url && !ticketOf(clip.playback_url, origin);
  return `/clips/${clip.id}${isOpen ? '' : `?stream=${clip.stream_id}`}`;
}

/** Return whether a member may delete a clip: who made it, and the owner of the stream. */
export function mayDelete(clip: Pick<Clip, 'maker'>, me: string | undefined, ownerId: string | undefined): boolean {
  return me !== undefined && (clip.maker.id === me || ownerId === me);
}
