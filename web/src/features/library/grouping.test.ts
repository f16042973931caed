import { expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { groupTracks } from './grouping';

function track(id: string, artist: string, genre: string | null): Schemas['Track'] {
  return { id, genre, artist: { id: artist, username: artist, display_name: artist } } as Schemas['Track'];
}

test('tracks are grouped by artist and by genre, those without one at the end', () => {
  const tracks = [track('1', 'Zoë', null), track('2', 'Émile', 'techno'), track('3', 'Zoë', 'drum & bass'), track('4', 'Fan', 'techno')];
  const shown = (by: 'artist' | 'genre') =>
    groupTracks(tracks, by, 'fr').map((each) => [each.name, each.path, each.tracks.map(({ id }) => id)]);
  expect(shown('artist')).toEqual([
    ['Émile', '/artists/Émile', ['2']],
    ['Fan', '/artists/Fan', ['4']],
    ['Zoë', '/artists/Zoë', ['1', '3']],
  ]);
  expect(shown('genre')).toEqual([
    ['drum & bass', '/genres/drum%20%26%20bass', ['3']],
    ['techno', '/genres/techno', ['2', '4']],
    [null, null, ['1']],
  ]);
});
