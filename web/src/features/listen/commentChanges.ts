/** Replies, edits, likes and deletions of comments: a module that is loaded on the first of them. */

import { api, call } from '../../api/client';
import { explain } from '../../api/explain';
import type { Listed } from '../../api/load.svelte';
import { askToSignIn } from '../../components/likes.svelte';
import { notify } from '../../shell/overlays.svelte';
import { session } from '../../shell/session.svelte';
import type { Comment, Reply } from './comments.svelte';
import { withoutComment } from './threads';

/** Reply to a comment, or to a reply to it. Throws ApiError. */
export async function sendReply(list: Listed<Comment>, thread: Comment, to: Reply, content: string): Promise<void> {
  const options = { params: { path: { track_id: thread.track_id } }, body: { content, parent_id: to.id } };
  const made = await call(api.POST('/api/v1/tracks/{track_id}/comments', options));
  put(list, { ...thread, replies: [...thread.replies, made], replies_count: thread.replies_count + 1 });
}

/** Show more replies of a thread, from the beginning or after a cursor. Returns the next one. Throws ApiError. */
export async function loadReplies(list: Listed<Comment>, thread: Comment, cursor: string | undefined): Promise<string | null> {
  const query = { parent_id: thread.id, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
  const path = { track_id: thread.track_id };
  const page = await call(api.GET('/api/v1/tracks/{track_id}/comments', { params: { path, query } }));
  const known = new Set(page.comments.map((each) => each.id));
  // Replies of the member stay at the end until their page is loaded.
  const [before, own] = cursor === undefined ? [[], thread.replies] : [thread.replies, []];
  put(list, { ...thread, replies: [...before.filter(isOther), ...page.comments, ...(page.next_cursor ? [] : own.filter(isOther))] });
  return page.next_cursor;

  function isOther(reply: Reply): boolean {
    return !known.has(reply.id);
  }
}

/** Change the text of a comment. Throws ApiError. */
export async function editComment(list: Listed<Comment>, comment: Reply, content: string): Promise<void> {
  const options = { params: { path: pathOf(comment) }, body: { content } };
  const { edited_at, content: edited } = await call(api.PUT('/api/v1/tracks/{track_id}/comments/{comment_id}', options));
  change(list, comment, { content: edited, edited_at });
}

/** Like a comment, or take the like back: shown at once, undone if the server refuses. */
export async function toggleCommentLike(list: Listed<Comment>, comment: Reply): Promise<void> {
  if (!session.actor) {
    askToSignIn();
    return;
  }
  const { liked, likes_count } = comment;
  const params = { path: pathOf(comment) };
  change(list, comment, { liked: !liked, likes_count: likes_count + (liked ? -1 : 1) });
  const address = '/api/v1/tracks/{track_id}/comments/{comment_id}/like' as const;
  try {
    change(list, comment, await (liked ? call(api.DELETE(address, { params })) : call(api.POST(address, { params }))));
  } catch (error) {
    change(list, comment, { liked, likes_count });
    notify(explain(error));
  }
}

/** Delete a comment. One that has replies stays without its words. Throws ApiError. */
export async function deleteComment(list: Listed<Comment>, comment: Reply): Promise<void> {
  await call(api.DELETE('/api/v1/tracks/{track_id}/comments/{comment_id}', { params: { path: pathOf(comment) } }));
  list.items = withoutComment(list.items, comment);
}

function pathOf(comment: Reply): { track_id: string; comment_id: string } {
  return { track_id: comment.track_id, comment_id: comment.id };
}

function put(list: Listed<Comment>, changed: Comment): void {
  list.items = list.items.map((each) => (each.id === changed.id ? changed : each));
}

function change(list: Listed<Comment>, comment: Reply, by: Partial<Reply>): void {
  list.items = list.items.map((each) => {
    if (each.id === comment.id) return { ...each, ...by };
    if (each.id !== comment.parent_id) return each;
    return { ...each, replies: each.replies.map((reply) => (reply.id === comment.id ? { ...reply, ...by } : reply)) };
  });
}
