import { expect, test } from 'vitest';
import {
  EMPTY,
  MAX_ENTRIES,
  type Playable,
  type Queue,
  add,
  after,
  before,
  current,
  firstWanted,
  following,
  move,
  remove,
  replace,
  toggleShuffle,
} from './queue';

function track(id: string): Playable {
  return {
    id,
    title: id,
    artist: 'a',
    durationSeconds: 60,
    hasCover: false,
    loudnessLufs: null,
    isPublic: true,
    isLiked: false,
    palette: null,
    hasLyrics: false,
  };
}

function queueOf(ids: string, index = 0): Queue {
  return replace(EMPTY, [...ids].map(track), index);
}

function idsOf(queue: Queue): string {
  return queue.entries.map((entry) => entry.track.id).join('');
}

test('an empty queue has nothing to play', () => {
  expect([current(EMPTY), following(EMPTY), before(EMPTY), after(EMPTY)]).toEqual([null, null, null, null]);
});

test('the end is the end unless everything is repeated', () => {
  const last = queueOf('abc', 2);
  expect(following(last)).toBeNull();
  expect(following({ ...last, repeat: 'all' })).toBe(0);
});

test('one track is repeated by itself, and skipped by its listener', () => {
  const queue: Queue = { ...queueOf('abc', 1), repeat: 'one' };
  expect(following(queue)).toBe(1);
  expect(after(queue)).toBe(2);
});

test('what is added next follows what plays', () => {
  expect(idsOf(add(queueOf('abc', 1), [track('x'), track('y')], 'next'))).toBe('abxyc');
  expect(idsOf(add(queueOf('abc', 1), [track('x')], 'end'))).toBe('abcx');
  expect(add(EMPTY, [track('x')], 'end').index).toBe(0);
});

test('removing an entry never changes what plays', () => {
  const queue = queueOf('abcd', 2);
  const keys = queue.entries.map((entry) => entry.key);
  expect(current(remove(queue, keys[0] ?? 0))?.track.id).toBe('c');
  expect(current(remove(queue, keys[3] ?? 0))?.track.id).toBe('c');
  expect(current(remove(queue, keys[2] ?? 0))?.track.id).toBe('d');
  expect(remove(queueOf('a'), -5)).toMatchObject({ index: 0 });
});

test('moving an entry never changes what plays', () => {
  const queue = queueOf('abcd', 1);
  expect(idsOf(move(queue, 3, 0))).toBe('dabc');
  expect(current(move(queue, 3, 0))?.track.id).toBe('b');
  expect(current(move(queue, 1, 3))?.track.id).toBe('b');
  expect(move(queue, 1, 9)).toBe(queue);
});

test('shuffling keeps what plays, every entry, and the way back', () => {
  const queue = queueOf('abcdef', 3);
  const shuffled = toggleShuffle(queue, () => 0);
  expect(current(shuffled)?.track.id).toBe('d');
  expect([...idsOf(shuffled)].sort().join('')).toBe('abcdef');
  expect(idsOf(shuffled)).not.toBe('dabcef');
  const back = toggleShuffle(shuffled);
  expect([idsOf(back), current(back)?.track.id]).toEqual(['abcdef', 'd']);
});

test('a track that was added while shuffled is kept at the end', () => {
  const shuffled = add(toggleShuffle(queueOf('abc', 0)), [track('x')], 'next');
  expect(idsOf(toggleShuffle(shuffled))).toBe('abcx');
});

test('a queue is bounded, around what plays', () => {
  const many = Array.from({ length: MAX_ENTRIES + 500 }, (_, n) => track(String(n)));
  const queue = replace(EMPTY, many, 1200);
  expect(queue.entries).toHaveLength(MAX_ENTRIES);
  expect(current(queue)?.track.id).toBe('1200');
  expect(add(queue, [track('x')], 'end').entries).toHaveLength(MAX_ENTRIES);
});

test('what is chosen comes before what a station adds, and the station is known', () => {
  const started = replace(EMPTY, [track('a')], 0);
  const extended = add(started, [track('x'), track('y')], 'end', 'a');
  const chosen = add(extended, [track('b')], 'end');
  expect(chosen.entries.map((each) => [each.track.id, each.station])).toEqual([
    ['a', null],
    ['b', null],
    ['x', 'a'],
    ['y', 'a'],
  ]);
  // Once the station plays, what is chosen comes next.
  const later = add({ ...extended, index: 1 }, [track('b')], 'end');
  expect(later.entries.map((each) => each.track.id)).toEqual(['a', 'x', 'b', 'y']);
});

test('a player goes on to the first track that is wanted', () => {
  const tracks = [0, 1, 2, 3].map((each) => ({ ...track(String(each)), isExplicit: each === 1 || each === 3 }));
  const isWanted = (track: { isExplicit?: boolean }): boolean => !track.isExplicit;
  const queue = replace(EMPTY, tracks, 0);
  expect(firstWanted(queue, after(queue), isWanted)).toBe(2);
  const last = { ...queue, index: 2 };
  expect(firstWanted(last, after(last), isWanted)).toBeNull();
  const round: Queue = { ...last, repeat: 'all' };
  expect(firstWanted(round, after(round), isWanted)).toBe(0);
  expect(firstWanted(round, after(round), () => false)).toBeNull();
  expect(firstWanted(EMPTY, null, isWanted)).toBeNull();
});
