import { describe, expect, it } from 'vitest';
import { over, progressOf, untilNext } from './stations';

const airing = {
  number: 1,
  is_jingle: false,
  track: null,
  starts_at: '2026-12-02T20:00:00Z',
  ends_at: '2026-12-02T20:03:00Z',
};
const start = Date.parse(airing.starts_at);

describe('the clock of a station', () => {
  it('tells how long a track has been on air', () => {
    expect(progressOf(airing, start + 60_000)).toEqual({ at: 60, length: 180 });
    expect(progressOf(airing, start - 5000).at).toBe(0);
    expect(progressOf(airing, start + 900_000).at).toBe(180);
  });

  it('asks again when the track ends, and not too often', () => {
    expect(untilNext(airing, start + 170_000)).toBe(10_300);
    expect(untilNext(airing, start)).toBe(15_000);
    expect(untilNext(airing, start + 200_000)).toBe(1000);
    expect(untilNext(null, start)).toBe(15_000);
  });

  it('lists what is over', () => {
    expect(over([airing], start + 100_000)).toEqual([]);
    expect(over([airing], start + 180_000)).toEqual([airing]);
  });
});
