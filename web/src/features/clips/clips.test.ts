import { expect, it } from 'vitest';
import { type Clip, clipPath, mayDelete, ticketOf } from './clips';

it('the ticket of a stream is that of its media', () => {
  expect(ticketOf('/api/v1/live/streams/s/hls/index.m3u8?ticket=p1.2.x', 'https://veza.example')).toBe('p1.2.x');
  expect(ticketOf('/api/v1/live/streams/s/hls/index.m3u8', 'https://veza.example')).toBeUndefined();
  expect(ticketOf(undefined, 'https://veza.example')).toBeUndefined();
});

it('the path of a clip names its stream, unless everybody may watch that', () => {
  const pathOf = (playback_url: string | null): string => clipPath({ id: 'c', stream_id: 's', playback_url }, 'https://veza.example');
  expect(pathOf('/api/v1/live/clips/c/hls/index.m3u8')).toBe('/clips/c');
  expect(pathOf('/api/v1/live/clips/c/hls/index.m3u8?ticket=p1.2.x')).toBe('/clips/c?stream=s');
  expect(pathOf(null)).toBe('/clips/c?stream=s');
});

it('who made a clip and the owner of the stream may delete it', () => {
  const clip = { maker: { id: 'maker' } } as Clip;
  expect(['maker', 'owner', 'other', undefined].map((me) => mayDelete(clip, me, 'owner'))).toEqual([true, true, false, false]);
  expect(mayDelete(clip, undefined, undefined)).toBe(false);
});
