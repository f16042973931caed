import { expect, test } from 'vitest';
import { type Place, draftOf, formOf, movePlace, numbered } from './releases';
import * as tracks from '../tracks/tracks';
import type { Track } from '../uploads/transport';

function places(...discs: readonly number[]): Place[] {
  return discs.map((disc, index) => ({ disc, track: { id: String.fromCharCode(97 + index) } as Track }));
}

function written(list: readonly Place[]): string {
  return numbered(list)
    .map((each) => `${each.track_id}${String(each.disc)}.${String(each.number)}`)
    .join(' ');
}

test('tracks are numbered on each disc, and one that moves is on the disc where it arrives', () => {
  expect(written(places(1, 1, 2, 2))).toBe('a1.1 b1.2 c2.1 d2.2');
  expect(written(movePlace(places(1, 1, 2, 2), 0, 3))).toBe('b1.1 c2.1 d2.2 a2.3');
  expect(written(movePlace(places(1, 1, 2, 2), 3, 0))).toBe('d1.1 a1.2 b1.3 c2.1');
  expect(written(movePlace(places(1), 0, 0))).toBe('a1.1');
});

test('a scheduled release is private until then, any other has no date', () => {
  const draft = draftOf({ title: ' Shores ', publish_at: '2031-05-06T10:00:00Z', visibility: 'private', tags: ['a', 'b'] });
  expect([draft.outlet, draft.tags]).toEqual(['scheduled', 'a, b']);
  expect(formOf(draft)).toMatchObject({
    title: 'Shores',
    visibility: 'private',
    publish_at: '2031-05-06T10:00:00.000Z',
  });
  expect(formOf({ ...draft, outlet: 'public' })).toMatchObject({ visibility: 'public', publish_at: null });
});

test('only what was changed of a track is sent', () => {
  const before = tracks.draftOf({ title: 'Shore', tags: ['sea'], bpm: 97.5, is_explicit: null });
  expect(tracks.changesBetween(before, { ...before, title: 'Shore ' })).toEqual({});
  const after = { ...before, tags: 'sea, #night; sea', bpm: '', explicit: 'no' as const, year: '1999' };
  expect(tracks.changesBetween(before, after)).toEqual({ tags: ['sea', 'night'], bpm: null, is_explicit: false, year: 1999 });
});

test('generated parts are sent with how much is generated', () => {
  const before = tracks.draftOf({ title: 'Shore' });
  expect(tracks.changesBetween(before, { ...before, ai: 'parts', aiParts: ['vocals', 'mix'] })).toEqual({
    ai: 'parts',
    ai_parts: ['mix', 'vocals'],
  });
  const disclosed = tracks.draftOf({ title: 'Shore', ai: 'parts', ai_parts: ['vocals'] });
  expect(tracks.changesBetween(disclosed, { ...disclosed, ai: 'none' })).toEqual({ ai: 'none', ai_parts: [] });
  expect(tracks.changesBetween(disclosed, { ...disclosed, aiParts: ['mix'] })).toEqual({ ai_parts: ['mix'] });
  expect(tracks.changesBetween(disclosed, { ...disclosed })).toEqual({});
});
