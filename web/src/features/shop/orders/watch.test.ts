import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pauseAfter, watch } from './watch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it asks until it has settled, and less and less often', async () => {
  const answers = [true, true, false];
  const ask = vi.fn(() => Promise.resolve(answers.shift() ?? false));
  watch(ask);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(ask).toHaveBeenCalledTimes(3);
  expect(pauseAfter(0)).toBeLessThan(pauseAfter(3));
  expect(pauseAfter(100)).toBe(10_000);
});

test('a failure may pass', async () => {
  const ask = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue(false);
  watch(ask);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

test('it stops when it is told to, and asks at once when it is told to', async () => {
  const ask = vi.fn().mockResolvedValue(true);
  const watched = watch(ask);
  watched.now();
  await vi.advanceTimersByTimeAsync(0);
  expect(ask).toHaveBeenCalledTimes(1);
  watched.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
});
