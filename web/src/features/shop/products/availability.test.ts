import { expect, test } from 'vitest';
import { availableAt } from './availability';

const NOW = Date.parse('2026-11-28T12:00:00Z');

test('a release is delivered when it is published, or at its date if that is later', () => {
  const of = (publish_at: string | null, release_date: string | null): string | null => availableAt({ publish_at, release_date }, NOW);
  expect(of(null, null)).toBeNull();
  expect(of(null, '2026-11-01')).toBeNull();
  expect(of('2026-11-27T00:00:00Z', '2026-11-01')).toBeNull();
  expect(of(null, '2026-12-01')).toBe('2026-12-01');
  expect(of('2026-12-24T08:00:00Z', '2026-12-01')).toBe('2026-12-24T08:00:00Z');
  expect(of('2026-11-29T08:00:00Z', '2026-12-01')).toBe('2026-12-01');
  expect(availableAt(null, NOW)).toBeNull();
});
