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

/** Return whether a member may delete a clip: who made it, and the owner of the stream. */
export function mayDelete(clip: Pick<Clip, 'maker'>, me: string | undefined, ownerId: string | undefined): boolean {
  return me !== undefined && (clip.maker.id === me || ownerId === me);
}
