import { beforeEach, expect, test } from 'vitest';
import { Outbox } from './outbox';

interface Sent {
  client_id: string;
  content: string;
}

let sent: Sent[] = [];
let isConnected = true;

function make(): Outbox {
  let count = 0;
  const send = (_type: string, data: object): boolean => {
    if (isConnected) sent.push(data as Sent);
    return isConnected;
  };
  return new Outbox(
    send,
    () => undefined,
    () => `id ${String(++count)}`,
  );
}

beforeEach(() => {
  sent = [];
  isConnected = true;
});

test('a message is gone once it is acknowledged, and an event of it changes nothing more', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, true);
  outbox.settle({ client_id: 'id 1' });
  outbox.settle({ client_id: 'id 1' });
  expect(outbox.waiting).toEqual([]);
  expect(sent.map((each) => each.content)).toEqual(['one']);
});

test('a reconnect in the middle of sending sends again with the same ids, in order', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, true);
  isConnected = false;
  outbox.add('c', { content: 'two' }, false);
  outbox.add('other', { content: 'elsewhere' }, false);
  isConnected = true;

  outbox.resend('c');

  expect(sent.map((each) => [each.client_id, each.content])).toEqual([
    ['id 1', 'one'],
    ['id 1', 'one'],
    ['id 2', 'two'],
  ]);
  expect(outbox.waiting).toHaveLength(3);
});

test('a refused message waits for its writer, and is not sent again by a reconnect', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, true);
  expect(outbox.refuse({ code: 'blocked', message: 'No.', client_id: 'id 1' })).toBeNull();
  outbox.resend('c');
  expect(sent).toHaveLength(1);
  expect(outbox.waiting[0]).toMatchObject({ state: 'failed', reason: 'blocked' });

  outbox.retry('id 1');
  expect(sent.map((each) => each.client_id)).toEqual(['id 1', 'id 1']);
});

test('a message that comes too early is sent later, and one before the join after it', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, true);
  expect(outbox.refuse({ code: 'slow_mode', message: 'Wait.', client_id: 'id 1', retry_after: 7 })).toBe(7);
  expect(outbox.refuse({ code: 'not_joined', message: 'Join.', client_id: 'id 1' })).toBeNull();
  expect(outbox.waiting[0]?.state).toBe('sending');
});

test('an error of another message is none of its own', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, true);
  outbox.refuse({ code: 'x', message: '', client_id: 'unknown' });
  outbox.settle({ client_id: null });
  expect(outbox.waiting[0]?.state).toBe('sending');
});

test('a message that is given up is not sent any more', () => {
  const outbox = make();
  outbox.add('c', { content: 'one' }, false);
  outbox.discard('id 1');
  outbox.resend('c');
  expect(sent).toEqual([]);
});

test('an answer names the message that it answers', () => {
  const outbox = make();
  outbox.add('c', { content: 'yes', reply_to: 'm1', quote: { name: 'rio', excerpt: 'Really?' } }, true);
  outbox.add('c', { content: 'and' }, true);
  expect(sent).toMatchObject([{ content: 'yes', reply_to: 'm1' }, { reply_to: null }]);
  expect(sent.some((each) => 'quote' in each)).toBe(false);
});
