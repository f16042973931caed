import { expect, test } from 'vitest';

import { commonArtist, toCards } from './newest';

type Tracks = Parameters<typeof toCards>[0];

/** Return tracks, each by its id, the id of its release if it has one, and the name of its artist. */
function tracks(...said: readonly [string, string?, string?][]): Tracks {
  const made = said.map(([id, release, artist = 'Ada']) => ({
    id,
    release: release ? { id: release, title: release.toUpperCase() } : null,
    artist: { display_name: artist },
  }));
  return made as unknown as Tracks;
}

const idsOf = (cards: ReturnType<typeof toCards>): unknown[] =>
  cards.map((card) => (card.release ? [card.release.id, ...card.tracks.map(({ id }) => id)] : card.index));

test('tracks of one release are one card, where the newest of them stands', () => {
  expect(idsOf(toCards(tracks(['1'], ['2', 'a'], ['3'], ['4', 'a'], ['5', 'b']), 12))).toEqual([0, ['a', '4', '2'], 2, 4]);
});

test('a release of which one track is new shows the track', () => {
  expect(toCards(tracks(['1', 'a']), 12)).toEqual([{ key: '1', release: null, index: 0 }]);
});

test('so many cards are shown, whatever they hold', () => {
  expect(idsOf(toCards(tracks(['1', 'a'], ['2'], ['3', 'a'], ['4']), 2))).toEqual([['a', '3', '1'], 1]);
});

test('a release names its artist if all its new tracks are by one', () => {
  expect(commonArtist(tracks(['1', 'a'], ['2', 'a']))).toBe('Ada');
  expect(commonArtist(tracks(['1', 'a'], ['2', 'a', 'Ben']))).toBeNull();
});
