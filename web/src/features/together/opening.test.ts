import { beforeEach, expect, test, vi } from 'vitest';
import { openRoom } from './opening';

const CONVERSATION = '/api/v1/conversations/{conversation_id}';
const refusal = new Error('too_many_listening_rooms');
const server = { rooms: new Set<string>(), isRefused: false, isAway: false };

vi.mock('../../api/client', () => ({
  call: (answer: unknown) => Promise.resolve(answer),
  api: {
    POST: (path: string) => {
      if (path.endsWith('/listening')) return server.isRefused ? Promise.reject(refusal) : {};
      const id = `room-${String(server.rooms.size)}`;
      server.rooms.add(id);
      return { id };
    },
    DELETE: (path: string, { params }: { params: { path: { conversation_id: string } } }) => {
      if (path !== CONVERSATION || server.isAway) return Promise.reject(new Error('away'));
      server.rooms.delete(params.path.conversation_id);
      return {};
    },
  },
}));

beforeEach(() => {
  server.rooms.clear();
  server.isRefused = server.isAway = false;
});

test('a room whose music is refused leaves no chat, however often it is tried', async () => {
  server.isRefused = true;
  for (let press = 0; press < 3; press++) await expect(openRoom('Night ferry', false, ['a'])).rejects.toBe(refusal);
  expect(server.rooms.size).toBe(0);
  server.isRefused = false;
  await openRoom('Night ferry', false, ['a']);
  expect(server.rooms.size).toBe(1);
});

test('the refusal is what is told, also where the chat could not be deleted', async () => {
  server.isRefused = server.isAway = true;
  await expect(openRoom('Night ferry', false, [])).rejects.toBe(refusal);
});
