import { expect, test } from 'vitest';
import { lineAt } from './lyrics';

const LINES = [1, 2.5, 2.5, 9].map((start_seconds) => ({ start_seconds }));

test('a line is sung from its second to that of the next one', () => {
  expect([0, 0.99, 1, 2.4, 2.5, 8.9, 9, 500].map((position) => lineAt(LINES, position))).toEqual([-1, -1, 0, 0, 2, 2, 3, 3]);
  expect(lineAt([], 4)).toBe(-1);
});
