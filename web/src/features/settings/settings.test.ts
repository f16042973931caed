import { expect, test } from 'vitest';
import { type Export, isRunning, nextRequestAt } from './export.svelte';
import { listGroups } from './kinds';
import { type Session, endOthers } from './sessions';
import { formatBytes } from '../../i18n/bytes';

function sessionNamed(id: string, is_current = false): Session {
  return { id, is_current, device: 'Firefox on Linux', user_agent: '', ip: '::1', created_at: '', last_seen_at: '' };
}

test('all pages of sessions are ended, except for the current one', async () => {
  const pages = new Map([
    [undefined, { items: [sessionNamed('a'), sessionNamed('mine', true)], next: 'more' }],
    ['more', { items: [sessionNamed('b')], next: null }],
  ]);
  const ended: string[] = [];
  const count = await endOthers(
    (cursor) => Promise.resolve(pages.get(cursor as undefined) ?? { items: [], next: null }),
    (each) => Promise.resolve(void ended.push(each.id)),
  );
  expect([count, ended]).toEqual([2, ['a', 'b']]);
});

test('the next export can be requested a day after the last one, or at once if that failed', () => {
  const found = { status: 'ready', created_at: '2026-03-01T10:00:00Z' } as Export;
  const noon = Date.parse('2026-03-01T12:00:00Z');
  expect(nextRequestAt(found, noon)).toEqual(new Date('2026-03-02T10:00:00Z'));
  expect(nextRequestAt(found, noon + 86_400_000)).toBeNull();
  expect(nextRequestAt({ ...found, status: 'failed' }, noon)).toBeNull();
  expect([null, found, { ...found, status: 'waiting' as const }].map(isRunning)).toEqual([false, false, true]);
});

test('each kind of notification is in one group', () => {
  const kinds = listGroups().flatMap((group) => group.kinds);
  expect(kinds).toHaveLength(new Set(kinds).size);
  expect(kinds).toContain('mention');
});

test('sizes are written for people', () => {
  expect([0, 999, 1000, 3_449_000, 2e15].map((bytes) => formatBytes(bytes, 'en'))).toEqual(['0 B', '999 B', '1 kB', '3.4 MB', '2,000 TB']);
});
