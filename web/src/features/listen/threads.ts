/** Comments and the replies to them. Pure: a list is never changed, only replaced. */

import type { Comment, Reply } from './comments.svelte';

/** Return the comments after one of them, or a reply, was deleted. */
export function withoutComment(comments: readonly Comment[], deleted: Reply): Comment[] {
  return comments.flatMap((each) => {
    if (each.id === deleted.id) {
      const gone = { author: null, content: null, liked: false, likes_count: 0, edited_at: null };
      return each.replies_count > 0 ? [{ ...each, ...gone }] : [];
    }
    if (each.id !== deleted.parent_id) return [each];
    const replies_count = each.replies_count - 1;
    if (replies_count === 0 && each.author === null) return [];
    return [{ ...each, replies_count, replies: each.replies.filter((reply) => reply.id !== deleted.id) }];
  });
}
