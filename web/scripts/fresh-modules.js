// Test files run in shared processes, which start once: each file gets modules of its own all the same.
import { afterAll, vi } from 'vitest';

vi.resetModules();
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});
