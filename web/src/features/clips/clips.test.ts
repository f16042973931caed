import { expect, it } from 'vitest';
import { type Clip, mayDelete, ticketOf } from './clips';

it('the ticket of a stream is that of its media', () => {
  expect(ticketOf('/api/v1/live/streams/s/hls/index.m3u8?ticket=p1.2.x', 'https://veza.example')).toBe('p1.2.x');
  expect(ticketOf('/api/v1/live/streams/s/hls/index.m3u8', 'https://veza.example')).toBeUndefined();
  expect(ticketOf(undefined, 'https://veza.example')).toBeUndefined();
});

it('who made a clip and the owner of the stream may delete it', () => {
  const clip = { maker: { id: 'maker' } } as Clip;
  expect(['maker', 'owner', 'other', undefined].map((me) => mayDelete(clip, me, 'owner'))).toEqual([true, true, false, false]);
  expect(mayDelete(clip, undefined, undefined)).toBe(false);
});
