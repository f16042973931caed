import { expect, test } from 'vitest';
import { fadeAt, leftMs } from './sleep';

const PROGRESS = { leftInTrackMs: 4000, isLastTrack: false };

test('the music fades out in the last ten seconds', () => {
  expect([60_000, 10_000, 5000, 0, -100].map(fadeAt)).toEqual([1, 1, 0.5, 0, 0]);
});

test('each kind of timer ends at its own moment', () => {
  expect(leftMs({ kind: 'off' }, 0, PROGRESS)).toBeNull();
  expect(leftMs({ kind: 'time', endsAt: 900 }, 400, PROGRESS)).toBe(500);
  expect(leftMs({ kind: 'time', endsAt: 900 }, 1000, PROGRESS)).toBe(0);
  expect(leftMs({ kind: 'track' }, 0, PROGRESS)).toBe(4000);
  expect(leftMs({ kind: 'queue' }, 0, PROGRESS)).toBeNull();
  expect(leftMs({ kind: 'queue' }, 0, { ...PROGRESS, isLastTrack: true })).toBe(4000);
});
