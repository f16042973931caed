import { expect, test } from 'vitest';
import { solve } from './proof';

/** The longest solution that the server accepts. */
const BOUND = 64;

test('a solution has the leading zero bits that the server counts', async () => {
  for (const [challenge, bits] of [
    ['16.1790000000.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuv', 12],
    ['x'.repeat(63), 8],
    ['x'.repeat(80), 9],
    ['y', 0],
  ] as const) {
    const { challenge: same, solution } = await solve({ challenge, bits });
    expect(same).toBe(challenge);
    expect(solution.length).toBeLessThanOrEqual(BOUND);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${challenge}:${solution}`));
    expect(Math.clz32(new DataView(digest).getUint32(0))).toBeGreaterThanOrEqual(bits);
  }
});
