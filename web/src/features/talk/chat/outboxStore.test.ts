import { beforeEach, expect, test, vi } from 'vitest';
import type { Waiting } from './outbox';
import { clearWaiting, loadWaiting, saveWaiting } from './outboxStore';

function message(client_id: string, conversation_id: string, content = 'text'): Waiting {
  return { client_id, conversation_id, content, written_at: '2026-01-01T00:00:00Z', state: 'sending', reason: null };
}

function idsOf(waiting: readonly Waiting[]): string {
  return waiting.map((each) => each.client_id).join();
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

test('each conversation has its own messages, in their order', () => {
  saveWaiting('ana', 'a', [message('1', 'a'), message('2', 'a')]);
  saveWaiting('ana', 'b', [message('3', 'b')]);
  saveWaiting('ana', 'a', [message('2', 'a')]);
  expect(idsOf(loadWaiting('ana', 'a'))).toBe('2');
  expect(idsOf(loadWaiting('ana'))).toBe('3,2');
});

test('another account gets nothing, and nothing is left after signing out', () => {
  saveWaiting('ana', 'a', [message('1', 'a')]);
  expect(loadWaiting('rio')).toEqual([]);
  clearWaiting();
  expect(loadWaiting('ana')).toEqual([]);
});

test('what is kept has a bound', () => {
  saveWaiting(
    'ana',
    'a',
    Array.from({ length: 300 }, (_, n) => message(String(n), 'a')),
  );
  expect(loadWaiting('ana')).toHaveLength(200);
  saveWaiting(
    'ana',
    'a',
    Array.from({ length: 100 }, (_, n) => message(String(n), 'a', 'x'.repeat(10_000))),
  );
  expect(loadWaiting('ana').length).toBeLessThan(51);
  expect(loadWaiting('ana').length).toBeGreaterThan(40);
});
