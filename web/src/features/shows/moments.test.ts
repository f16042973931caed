import { expect, test } from 'vitest';
import { begunAt } from './moments';

test('what has begun last is found', () => {
  const chapters = [{ start_seconds: 0 }, { start_seconds: 60 }];
  expect([-1, 0, 59.9, 60, 900].map((seconds) => begunAt(chapters, seconds))).toEqual([-1, 0, 0, 1, 1]);
  expect(begunAt([], 5)).toBe(-1);
});
