import { expect, test } from 'vitest';
import type { Change, Frame, Message } from '../frames';
import { Thread } from './thread';

const ME = 'me';

function message(number: number, seq = number, more: Partial<Message> = {}): Message {
  return {
    id: `m${String(number)}`,
    conversation_id: 'c',
    seq,
    number,
    cursor: '',
    sender: { id: 'other', username: 'rio', display_name: 'rio', handle: 'rio', avatar_url: null },
    content: `text ${String(number)}`,
    client_id: null,
    track_id: null,
    track: null,
    reply_to_id: null,
    reply_to: null,
    images: [],
    file: null,
    reactions: [],
    created_at: '2026-11-25T10:20:30Z',
    edited_at: null,
    deleted_at: null,
    ...more,
  };
}

function edited(number: number, seq: number, content: string): Frame & Change {
  return { type: 'edited', data: { conversation_id: 'c', message_id: `m${String(number)}`, seq, content, edited_at: 'now' } };
}

function reaction(number: number, seq: number, count: number, isAdded = true): Frame {
  const data = { conversation_id: 'c', message_id: `m${String(number)}`, seq, user: { id: ME }, emoji: '🔥', is_added: isAdded };
  return { type: 'reaction', data: { ...data, reactions: count > 0 ? [{ emoji: '🔥', count }] : [] } };
}

function history(seq: number, messages: Message[], changes: Change[] = [], has_more = false): Frame {
  return { type: 'history', data: { conversation_id: 'c', since: 0, seq, has_more, messages, changes } };
}

function contents(thread: Thread): string[] {
  return thread.messages.map((each) => each.content);
}

function opened(seq: number, ...messages: Message[]): Thread {
  const thread = new Thread(ME);
  thread.begin(seq);
  thread.merge(messages);
  return thread;
}

test('a message that comes by the page and by the connection is shown once', () => {
  const thread = opened(2, message(1), message(2), message(3));

  thread.receive({ type: 'message', data: message(3) });
  thread.receive({ type: 'message', data: message(4) });
  thread.receive({ type: 'message', data: message(4) });

  expect(contents(thread)).toEqual(['text 1', 'text 2', 'text 3', 'text 4']);
  expect(thread.arrived.map((each) => each.id)).toEqual(['m4']);
  expect(thread.seen).toBe(4);
});

test('messages are in the order of their numbers, however they arrive', () => {
  const thread = opened(0);
  thread.receive({ type: 'message', data: message(3) });
  thread.receive({ type: 'message', data: message(1) });
  thread.merge([message(2)]);
  expect(contents(thread)).toEqual(['text 1', 'text 2', 'text 3']);
});

test('a gap is noticed once, and what follows it does not hide it', () => {
  const thread = opened(5);

  expect(thread.receive({ type: 'message', data: message(7, 8) })).toBe(true);
  expect(thread.receive({ type: 'message', data: message(8, 9) })).toBe(false);
  expect(thread.seen).toBe(5);

  thread.receive(history(9, [message(6), message(7, 8), message(8, 9)]));
  expect([thread.seen, thread.isSyncing]).toEqual([9, false]);
  expect(contents(thread)).toEqual(['text 6', 'text 7', 'text 8']);
});

test('a reconnect begins where the events ended, and again if it broke in the middle', () => {
  const thread = opened(4, message(4));
  expect(thread.joining()).toEqual({ since: 4 });
  thread.receive(history(6, [message(5), message(6)], [], true));
  // A live event, while earlier ones are missing.
  thread.receive({ type: 'message', data: message(9) });

  expect(thread.joining()).toEqual({ since: 6 });
  thread.receive(history(9, [message(7), message(8), message(9)]));
  expect(contents(thread)).toEqual([4, 5, 6, 7, 8, 9].map((number) => `text ${String(number)}`));
  expect(thread.seen).toBe(9);
});

test('an earlier edit does not undo a later one', () => {
  const thread = opened(1, message(1));
  thread.receive(edited(1, 3, 'third'));
  thread.receive(edited(1, 2, 'second'));
  expect(contents(thread)).toEqual(['third']);
});

test('an edit after the deletion does not bring a message back', () => {
  const thread = opened(1, message(1));
  thread.receive({ type: 'deleted', data: { conversation_id: 'c', message_id: 'm1', seq: 3, deleted_at: 'now' } });
  thread.receive(edited(1, 2, 'back'));
  expect(contents(thread)).toEqual(['']);
});

test('a message that staff brought back is there again, with its quotes', () => {
  const answer = message(2, 2, { reply_to_id: 'm1' });
  const thread = opened(2, message(1), answer);
  thread.receive({ type: 'deleted', data: { conversation_id: 'c', message_id: 'm1', seq: 3, deleted_at: 'now' } });
  thread.receive({ type: 'restored', data: { conversation_id: 'c', message_id: 'm1', seq: 4, message: message(1) } });

  expect(thread.messages[0]).toMatchObject({ content: 'text 1', deleted_at: null });
  expect(thread.messages[1]?.reply_to).toMatchObject({ id: 'm1', excerpt: 'text 1' });
  expect(thread.seen).toBe(4);
  // A late answer does not delete it again.
  thread.receive({ type: 'deleted', data: { conversation_id: 'c', message_id: 'm1', seq: 3, deleted_at: 'now' } });
  expect(contents(thread)[0]).toBe('text 1');
});

test('a message that is taken down is shown to its sender', () => {
  const thread = opened(1, message(1));
  thread.receive({ type: 'deleted', data: { conversation_id: 'c', message_id: 'm1', seq: 2, deleted_at: 'now' } });
  const taken_down = { category: 'spam', reason: 'Enough.', held: false, automated: false, automation: null, appeal_url: null } as const;
  thread.replace(message(1, 1, { taken_down }));
  expect(contents(thread)).toEqual(['text 1']);
  // It is in the changes of a page, too.
  thread.receive(history(2, [], [{ type: 'deleted', data: { message_id: 'm1', seq: 2, deleted_at: 'now' } }]));
  expect(contents(thread)).toEqual(['text 1']);
});

test('own reactions are told from those of others', () => {
  const thread = opened(1, message(1));
  thread.receive(reaction(1, 2, 1));
  expect(thread.messages[0]?.reacted).toEqual(['🔥']);
  thread.receive(reaction(1, 3, 0, false));
  expect(thread.messages[0]).toMatchObject({ reacted: [], reactions: [] });
  expect(thread.seen).toBe(3);
});

test('a change of a message that is not loaded counts as seen', () => {
  const thread = opened(1);
  thread.receive(edited(1, 2, 'unknown'));
  expect([thread.messages.length, thread.seen]).toEqual([0, 2]);
});

test('read marks only grow, and the own one does not count', () => {
  const thread = opened(3, message(1), message(2), message(3));
  thread.receive({ type: 'read', data: { conversation_id: 'c', user_id: 'other', number: 3 } });
  thread.receive({ type: 'read', data: { conversation_id: 'c', user_id: 'other', number: 1 } });
  thread.receive({ type: 'read', data: { conversation_id: 'c', user_id: ME, number: 3 } });
  expect([thread.readersOf(3), thread.readersOf(4)]).toEqual([1, 0]);
});

test('an answer shows the answered message as it is now', () => {
  const quote = { id: 'm1', seq: 1, sender: message(1).sender ?? { id: '', username: '', display_name: '', handle: '', avatar_url: null } };
  const answer = message(3, 3, { reply_to_id: 'm1', reply_to: { ...quote, excerpt: 'text 1' } });
  const thread = opened(3, message(1), message(2), answer);

  thread.receive(edited(1, 4, 'x'.repeat(200)));
  expect(thread.messages[2]?.reply_to?.excerpt).toBe('x'.repeat(140));
  thread.receive(edited(2, 5, 'another'));
  expect(thread.messages[2]?.reply_to?.excerpt).toBe('x'.repeat(140));
  thread.receive({ type: 'deleted', data: { conversation_id: 'c', message_id: 'm1', seq: 6, deleted_at: 'now' } });
  expect(thread.messages[2]).toMatchObject({ reply_to_id: 'm1', reply_to: null });
});

test('messages are shown without a gap: the newest, or those around one', () => {
  const thread = opened(9, message(8), message(9), message(2), message(3), message(4));
  const numbers = (around: number | null): number[] => thread.runAround(around).map((each) => each.number);

  expect(numbers(null)).toEqual([8, 9]);
  expect(numbers(3)).toEqual([2, 3, 4]);
  expect(numbers(6)).toEqual([8, 9]);
  thread.merge([message(5), message(6), message(7)]);
  expect(numbers(3)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Thread(ME).runAround(null)).toEqual([]);
});
