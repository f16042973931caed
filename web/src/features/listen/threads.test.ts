import { expect, test } from 'vitest';
import type { Comment, Reply } from './comments.svelte';
import { withoutComment } from './threads';

const AUTHOR = { id: 'a', username: 'ada', display_name: 'Ada', handle: 'ada', avatar_url: null };

function reply(id: string, parent_id: string | null = null): Reply {
  const said = { author: AUTHOR, content: id, position_seconds: null, likes_count: 2, liked: true, edited_at: null };
  return { id, track_id: 't', parent_id, created_at: '2026-01-01T00:00:00Z', ...said };
}

function thread(id: string, ...replies: string[]): Comment {
  return { ...reply(id), replies_count: replies.length, replies: replies.map((each) => reply(each, id)) };
}

test('a deleted comment stays without its words as long as it has replies', () => {
  const [first, second] = [thread('1', '1a', '1b'), thread('2')];
  expect(withoutComment([first, second], second)).toEqual([first]);
  const [left] = withoutComment([first], first);
  expect(left).toMatchObject({ author: null, content: null, likes_count: 0, liked: false, replies_count: 2 });
  const one = withoutComment(left ? [left] : [], reply('1a', '1'));
  expect(one.map((each) => each.replies.map(({ id }) => id))).toEqual([['1b']]);
  expect(withoutComment(one, reply('1b', '1'))).toEqual([]);
  expect(withoutComment([thread('3', '3a')], reply('3a', '3'))).toMatchObject([{ id: '3', replies_count: 0 }]);
});
