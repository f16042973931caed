import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection, type Socket, type State, type Surroundings } from './connection';
import type { Frame } from './frames';

class FakeSocket implements Socket {
  sent: { type: string }[] = [];
  isClosed = false;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }

  close(): void {
    this.isClosed = true;
  }

  receive(type: string, data: object = {}): void {
    this.onmessage?.({ data: JSON.stringify({ type, data }) } as MessageEvent<unknown>);
  }

  breaks(code: number): void {
    this.onclose?.({ code } as CloseEvent);
  }
}

function connect(changes: Partial<Surroundings> = {}) {
  const sockets: FakeSocket[] = [];
  const states: State[] = [];
  const frames: Frame[] = [];
  const happened = { ready: 0, signedOut: 0, refused: 0 };
  const surroundings: Surroundings = {
    findToken: () => Promise.resolve('token'),
    verifySession: () => Promise.resolve(true),
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    random: () => 1,
    ...changes,
  };
  const connection = new Connection(surroundings, {
    onState: (state) => states.push(state),
    onReady: () => happened.ready++,
    onFrame: (frame) => frames.push(frame),
    onSignedOut: () => happened.signedOut++,
    onRoleRefused: () => happened.refused++,
  });
  return { connection, sockets, states, frames, happened };
}

function last(sockets: FakeSocket[]): FakeSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('No socket was opened.');
  return socket;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('frames are sent only after the server is ready', async () => {
  const { connection, sockets, happened } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);

  expect(connection.send('message', {})).toBe(false);
  last(sockets).receive('ready');
  expect(connection.send('message', {})).toBe(true);
  expect([happened.ready, last(sockets).sent.length]).toEqual([1, 1]);
});

test('a broken connection is made again, later each time, and soon after it worked', async () => {
  const { connection, sockets, happened } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  for (const [attempt, delay] of [500, 1000, 2000, 4000].entries()) {
    last(sockets).breaks(1006);
    await vi.advanceTimersByTimeAsync(delay - 1);
    expect(sockets).toHaveLength(attempt + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets).toHaveLength(attempt + 2);
  }
  last(sockets).receive('ready');
  last(sockets).breaks(1012);
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(6);
  expect(happened.ready).toBe(1);
});

test('the delay is never longer than half a minute, and differs between browsers', async () => {
  let opened = 0;
  const { connection } = connect({ findToken: () => (opened++, Promise.reject(new TypeError('offline'))), random: () => 0 });
  connection.start();
  await vi.advanceTimersByTimeAsync(60_000);
  const before = opened;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(opened).toBe(before + 1);
});

test('what an earlier connection still delivers does not count', async () => {
  const { connection, sockets, frames } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  const first = last(sockets);
  const { onmessage } = first;
  first.receive('ready');
  connection.restart();
  await vi.advanceTimersByTimeAsync(500);

  onmessage?.({ data: '{"type":"message","data":{}}' } as MessageEvent<unknown>);
  expect(first.isClosed).toBe(true);
  expect(frames).toEqual([]);
});

test('silence is noticed by a ping without an answer', async () => {
  const { connection, sockets } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  last(sockets).receive('ready');
  await vi.advanceTimersByTimeAsync(25_000);
  expect(last(sockets).sent).toEqual([{ type: 'ping', data: {} }]);
  last(sockets).receive('pong');
  await vi.advanceTimersByTimeAsync(25_000);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_500);
  expect(sockets).toHaveLength(2);
});

test('the end of the session signs out, unless it goes on after all', async () => {
  let goesOn = true;
  const { connection, sockets, happened } = connect({ verifySession: () => Promise.resolve(goesOn) });
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  last(sockets).breaks(4401);
  await vi.advanceTimersByTimeAsync(500);
  expect([sockets.length, happened.signedOut]).toEqual([2, 0]);

  goesOn = false;
  last(sockets).breaks(4401);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sockets.length, happened.signedOut, connection.state]).toEqual([2, 1, 'off']);
});

test('a role that ended, or has no messages, disconnects for good', async () => {
  const { connection, sockets, happened } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  last(sockets).breaks(4403);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([sockets.length, happened.refused, happened.signedOut, connection.state]).toEqual([1, 1, 0, 'off']);
});

test('nothing is opened after it was stopped while the token was on its way', async () => {
  const { connection, sockets } = connect();
  connection.start();
  connection.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toEqual([]);
});

test('a frame that is no JSON is ignored', async () => {
  const { connection, sockets, frames } = connect();
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  last(sockets).onmessage?.({ data: '{' } as MessageEvent<unknown>);
  last(sockets).onmessage?.({ data: '3' } as MessageEvent<unknown>);
  expect(frames).toEqual([]);
});
