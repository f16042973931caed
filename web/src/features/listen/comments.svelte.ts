/** The comments on a track, and what is done with them. */

import { type Schemas, api, call } from '../../api/client';
import { Listed } from '../../api/load.svelte';

export type Comment = Schemas['Comment'];
export type Reply = Schemas['CommentReply'];

/** Start loading the comments on a track. */
export function loadComments(trackId: string): Listed<Comment> {
  const path = { track_id: trackId };
  const listed = new Listed<Comment>(async (cursor) => {
    const query = cursor === undefined ? { limit: 50 } : { limit: 50, cursor };
    const page = await call(api.GET('/api/v1/tracks/{track_id}/comments', { params: { path, query } }));
    return { items: page.comments, next: page.next_cursor };
  });
  void listed.more();
  return listed;
}

/** Send a comment at a position. Throws ApiError. */
export async function sendComment(list: Listed<Comment>, trackId: string, content: string, position: number | null): Promise<void> {
  const options = { params: { path: { track_id: trackId } }, body: { content, position_seconds: position } };
  const made = await call(api.POST('/api/v1/tracks/{track_id}/comments', options));
  list.prepend(made, (each) => each.id === made.id);
}

export interface Bead {
  percent: number;
  comments: Comment[];
}

/** Place comments along a waveform; those closer than `minPercent` share a bead. */
export function placeBeads(comments: readonly Comment[], duration: number, minPercent: number): Bead[] {
  const placed = comments
    .filter((each) => each.author !== null && each.position_seconds !== null && duration > 0)
    .sort((a, b) => (a.position_seconds ?? 0) - (b.position_seconds ?? 0));
  const beads: Bead[] = [];
  for (const comment of placed) {
    const percent = Math.min(100, ((comment.position_seconds ?? 0) / duration) * 100);
    const last = beads.at(-1);
    if (last && percent - last.percent < minPercent) last.comments.push(comment);
    else beads.push({ percent, comments: [comment] });
  }
  return beads;
}
