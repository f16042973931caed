import { expect, test } from 'vitest';
import { fillDays } from './downloads';

test('days without downloads are there, also over the end of a month', () => {
  const now = new Date('2026-03-02T00:30:00Z');
  expect(fillDays([{ day: '2026-02-28', downloads: 3 }], 4, now)).toEqual([
    { day: '2026-02-27', downloads: 0 },
    { day: '2026-02-28', downloads: 3 },
    { day: '2026-03-01', downloads: 0 },
    { day: '2026-03-02', downloads: 0 },
  ]);
});
