import { beforeEach, expect, test, vi } from 'vitest';
import { forgetRecent, keepRecent, readRecent } from './recent';

let stored: Record<string, string> = {};

beforeEach(() => {
  stored = {};
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => stored[name] ?? null,
    setItem: (name: string, value: string) => (stored[name] = value),
  });
});

test('searches are kept once, the newest first, and no more than eight', () => {
  for (const words of ['tide', 'Dub', 'tide', 'dub']) keepRecent(words);
  expect(readRecent()).toEqual(['dub', 'tide']);
  for (let index = 0; index < 20; index += 1) keepRecent(`word ${String(index)}`);
  expect([readRecent().length, readRecent()[0]]).toEqual([8, 'word 19']);
});

test('one is forgotten, or all are', () => {
  keepRecent('tide');
  keepRecent('dub');
  expect(forgetRecent('tide')).toEqual(['dub']);
  expect(forgetRecent()).toEqual([]);
});

test('what others stored under the name is no search', () => {
  for (const value of ['{', '{"a":1}', '[1,null]', 'null']) {
    stored['veza.searches'] = value;
    expect(readRecent()).toEqual([]);
  }
});
