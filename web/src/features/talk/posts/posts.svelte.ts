/** Likes and deletions of posts: what was changed here, wherever a post is shown. */

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { type Schemas, api, call } from '../../../api/client';

export type Post = Schemas['Post'];
type LikeState = Schemas['LikeState'];

export const likeStates = new SvelteMap<string, LikeState>();
export const deletedPosts = new SvelteSet<string>();
const changing = new Set<string>();

/** Return whether a post is liked, and by how many. */
export function likeStateOf(post: Post): LikeState {
  return likeStates.get(post.id) ?? { liked: post.liked ?? false, likes_count: post.likes_count };
}

/**
 * Like a post, or take the like back: shown at once, and taken back if the server refuses. The
 * server toggles, so a press during a request does nothing. Throws ApiError.
 */
export async function toggleLike(post: Post): Promise<void> {
  if (changing.has(post.id)) return;
  changing.add(post.id);
  const before = likeStateOf(post);
  likeStates.set(post.id, { liked: !before.liked, likes_count: before.likes_count + (before.liked ? -1 : 1) });
  try {
    likeStates.set(post.id, await call(api.POST('/api/v1/social/like', { body: { post_id: post.id } })));
  } catch (error) {
    likeStates.set(post.id, before);
    throw error;
  } finally {
    changing.delete(post.id);
  }
}

/** Delete a post. Throws ApiError. */
export async function deletePost(id: string): Promise<void> {
  await call(api.DELETE('/api/v1/social/posts/{post_id}', { params: { path: { post_id: id } } }));
  deletedPosts.add(id);
}
