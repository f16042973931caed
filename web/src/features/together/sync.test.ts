import { describe, expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { type Entry, type State, RoomClock, complete, correct, lastKnown, playingAt, spreadOver } from './sync';

const entries: Entry[] = [
  { id: 1, track_id: 'a', duration_ms: 60_000 },
  { id: 2, track_id: null, duration_ms: 120_000 },
];
const begun: State = {
  conversation_id: 'c',
  version: 7,
  queue_version: 7,
  entry_id: 1,
  position_ms: 30_000,
  is_playing: true,
  at_ms: 1_000_000,
};

describe('what plays', () => {
  test('goes on from the state by the clock, entry by entry', () => {
    const at = (seconds: number): unknown[] => {
      const { entry, next, positionMs, leftMs } = playingAt(entries, begun, begun.at_ms + seconds * 1000);
      return [entry?.id, next?.id, positionMs, leftMs];
    };
    expect(at(29)).toEqual([1, 2, 59_000, 1000]);
    expect(at(30)).toEqual([2, undefined, 0, 120_000]);
    expect(at(149)).toEqual([2, undefined, 119_000, 1000]);
    expect(at(150)).toEqual([undefined, undefined, 0, 0]);
    // A clock that is behind for a moment.
    expect(at(-5)).toEqual([1, 2, 30_000, 30_000]);
  });

  test('stays where it was paused', () => {
    const paused = { ...begun, is_playing: false };
    expect(playingAt(entries, paused, begun.at_ms + 3_600_000).positionMs).toBe(30_000);
    expect(playingAt(entries, { ...paused, entry_id: null }, begun.at_ms).entry).toBeNull();
  });
});

describe('a change of a queue', () => {
  const track = (id: string): Schemas['Track'] => ({ id }) as Schemas['Track'];
  const known = { state: begun, entries, tracks: [track('a'), track('gone')] };

  test('is read with the tracks of new entries alone', () => {
    expect(lastKnown(known, { ...begun, version: 9 })).toBe(2);
    const read = {
      state: { ...begun, version: 9 },
      entries: [
        { id: 3, track_id: 'b', duration_ms: 1 },
        { id: 1, track_id: null, duration_ms: 60_000 },
      ],
      tracks: [track('b')],
    };
    const found = complete(read, known, 2);
    expect(found.entries.map((each) => each.track_id)).toEqual(['b', 'a']);
    expect(found.tracks.map((each) => each.id).sort()).toEqual(['a', 'b']);
    expect(found.state.version).toBe(9);
  });

  test('is read as a whole where nothing is known, or where the room began again', () => {
    expect(lastKnown(null, begun)).toBe(0);
    expect(lastKnown({ ...known, entries: [] }, begun)).toBe(0);
    expect(lastKnown(known, { ...begun, version: begun.version + 60_000 })).toBe(0);
  });
});

test('many people read a change over a longer time, up to a bound', () => {
  expect([2, 1000, 10_000].map(spreadOver)).toEqual([310, 5300, 30_000]);
});

test('the clock is that of the measurement that took least', () => {
  const clock = new RoomClock();
  expect(clock.behind).toBeNull();
  clock.note(0, 61_000, 2000);
  clock.note(5000, 65_010, 5020);
  clock.note(9000, 69_900, 9100);
  expect(clock.behind).toBe(60_000);
  for (let n = 0; n < 8; n++) clock.note(20_000, 80_100, 20_100);
  expect(clock.behind).toBe(60_050);
});

describe('a correction', () => {
  test('is a jump where it is far, and at first sooner', () => {
    expect(correct(2001, false).kind).toBe('jump');
    expect(correct(-2001, false).kind).toBe('jump');
    expect(correct(-130, true).kind).toBe('jump');
    expect(correct(-130, false).kind).toBe('rate');
  });

  test('brings a drift below what is heard, and never changes the rate by more than 3 percent', () => {
    for (const start of [-1990, -400, -60, 60, 400, 1990]) {
      let drift = start;
      for (let passed = 0; passed < 90_000 && Math.abs(drift) > 15; passed += 250) {
        const correction = correct(drift, false);
        const rate = correction.kind === 'rate' ? correction.rate : 0;
        expect(rate).toBeGreaterThanOrEqual(0.97);
        expect(rate).toBeLessThanOrEqual(1.03);
        drift += 250 * (rate - 1);
      }
      expect(Math.abs(drift)).toBeLessThanOrEqual(15);
      expect(correct(drift, false)).toEqual({ kind: 'rate', rate: 1 });
    }
  });
});
