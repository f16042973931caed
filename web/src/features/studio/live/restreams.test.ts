import { beforeAll, expect, test, vi } from 'vitest';
import type { Schemas } from '../../../api/client';

vi.stubGlobal('navigator', { onLine: true, languages: ['en'] });
vi.stubGlobal('localStorage', { getItem: () => 'en', setItem: () => undefined });
vi.stubGlobal('document', { documentElement: {} });

const { loadMessages } = await import('../../../i18n/index.svelte');
const { describeRestream } = await import('./restreams');

const target: Schemas['RestreamTarget'] = {
  id: '0197f3b2-0000-7000-8000-000000000000',
  name: 'Elsewhere',
  url: 'rtmps://live.example.org:443/app',
  is_enabled: true,
  sends_private: false,
  created_at: '2026-12-03T20:00:00Z',
  state: null,
  reason: null,
  since: null,
  retry_at: null,
};

beforeAll(() => loadMessages('studio/live'));

test('a target says what it gets, why not, and when it is tried again', () => {
  const at = '2026-12-03T20:03:00Z';
  expect(describeRestream(target)).toBe('Gets your next stream.');
  expect(describeRestream({ ...target, is_enabled: false, state: 'sending', since: at })).toBe('Switched off.');
  expect(describeRestream({ ...target, state: 'sending', since: at })).toMatch(/^Sending since .*:03/);
  expect(describeRestream({ ...target, state: 'withheld' })).toContain('public');
  const refused = { ...target, reason: 'refused' } as const;
  expect(describeRestream({ ...refused, state: 'waiting', retry_at: at })).toMatch(/key\. Next try at .*:03/);
  expect(describeRestream({ ...refused, state: 'failed' })).toContain('not tried again');
});
