import { beforeEach, expect, test, vi } from 'vitest';
import { keepPosition, positionOf } from './positions';

const kept = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
});

beforeEach(() => kept.clear());

test('an episode goes on where it was stopped, unless it was over', () => {
  keepPosition('a', 100.4, 600);
  expect(positionOf('a')).toBe(100);
  keepPosition('a', 590, 600);
  expect(positionOf('a')).toBe(0);
  keepPosition('b', 3, 600);
  expect(positionOf('b')).toBe(0);
});

test('what was heard last is kept, and nonsense is not', () => {
  for (let index = 0; index < 205; index += 1) keepPosition(`t${index}`, 100, 600);
  expect([positionOf('t0'), positionOf('t204')]).toEqual([0, 100]);
  kept.set('veza.episodes', '{"a":"x","b":null');
  expect(positionOf('a')).toBe(0);
});
