import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../../api/errors';
import type { Sound } from './dropped';
import { Rate } from './rate';
import { TrackUploads } from './trackUploads.svelte';
import type { Listener, Outgoing, Track, Transport } from './transport';

interface Sent {
  outgoing: Outgoing;
  listener: Listener;
  log: string[];
}

let sent: Sent[] = [];
let owner: string | null = 'u-1';
let isLoaded = true;
const described: unknown[] = [];

const transport: Transport = (outgoing, listener) => {
  const log: string[] = [];
  sent.push({ outgoing, listener, log });
  return { pause: () => log.push('pause'), resume: () => log.push('resume'), cancel: () => log.push('cancel') };
};

function makeUploads(): TrackUploads {
  return new TrackUploads({
    transport,
    findOwner: () => owner,
    load: (id) => (isLoaded ? Promise.resolve({ id, title: id } as Track) : Promise.reject(refusal(0))),
    cover: (track, picture) => {
      described.push(picture.name);
      return Promise.resolve({ ...track, cover_url: picture.name });
    },
    describe: (track, change) => {
      described.push(change);
      return Promise.resolve({ ...track, ...change } as Track);
    },
  });
}

function sound(name: string, cover: File | null = null): Sound {
  return { file: new File(['x'.repeat(100)], name), folder: 'Music/Shores', cover };
}

function refusal(status: number, retryAfter: number | null = null): ApiError {
  return new ApiError({ error: 'No.', code: 'no', request_id: '' }, status, retryAfter);
}

beforeEach(() => {
  vi.useFakeTimers();
  [sent, owner, described.length, isLoaded] = [[], 'u-1', 0, true];
});
afterEach(() => vi.useRealTimers());

test('two are sent at once, and the next when one has arrived', async () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav'), sound('2.wav'), sound('3.wav')]);
  expect(uploads.items.map((each) => each.phase)).toEqual(['sending', 'sending', 'queued']);
  sent[0]?.listener.accepted({ id: 't-1', path: '/tracks/t-1' });
  await vi.advanceTimersByTimeAsync(0);
  expect(uploads.items.map((each) => each.phase)).toEqual(['sent', 'sending', 'sending']);
  expect(uploads.items[0]?.folder).toBe('Shores');
});

test('a pause frees the place, and the transfer goes on after it', () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav'), sound('2.wav'), sound('3.wav')]);
  uploads.items[0]?.pause();
  expect(uploads.items.map((each) => each.phase)).toEqual(['paused', 'sending', 'sending']);
  uploads.items[0]?.resume();
  expect(uploads.items[0]?.phase).toBe('queued');
  const [, second] = uploads.items;
  if (second) uploads.remove(second);
  expect(sent[1]?.log).toEqual(['cancel']);
  expect([uploads.items[0]?.phase, sent[0]?.log]).toEqual(['sending', ['pause', 'resume']]);
});

test('what fails for lack of a network goes on by itself, at last with the owner’s help', async () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav')]);
  const [upload] = uploads.items;
  for (let failure = 1; failure < 8; failure += 1) {
    sent[0]?.listener.failed(refusal(0));
    expect(upload?.phase).toBe('waiting');
    await vi.advanceTimersByTimeAsync(60_000);
    expect([upload?.phase, sent[0]?.log.length]).toEqual(['sending', failure]);
  }
  sent[0]?.listener.failed(refusal(0));
  expect(upload?.phase).toBe('refused');
  upload?.resume();
  sent[0]?.listener.failed(refusal(429, 30));
  await vi.advanceTimersByTimeAsync(29_000);
  expect(upload?.phase).toBe('waiting');
  uploads.wake();
  expect(upload?.phase).toBe('sending');
});

test('what is refused is not sent again', async () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav')]);
  sent[0]?.listener.failed(refusal(413));
  await vi.advanceTimersByTimeAsync(600_000);
  expect([uploads.items[0]?.phase, sent[0]?.log]).toEqual(['refused', []]);
});

test('what is written meanwhile is saved once the file has arrived', async () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav', new File(['x'], 'front.png'))]);
  const [upload] = uploads.items;
  await upload?.describe({ genre: 'ambient' });
  await upload?.describe({ title: 'Shore' });
  expect([described, upload?.title]).toEqual([[], 'Shore']);
  isLoaded = false;
  sent[0]?.listener.accepted({ id: 't-1', path: '/tracks/t-1' });
  await vi.advanceTimersByTimeAsync(0);
  expect([upload?.phase, upload?.track, described]).toEqual(['waiting', null, []]);
  isLoaded = true;
  uploads.wake();
  sent[0]?.listener.accepted({ id: 't-1', path: '/tracks/t-1' });
  await vi.advanceTimersByTimeAsync(0);
  expect([described, upload?.track?.title]).toEqual([['front.png', { genre: 'ambient', title: 'Shore' }], 'Shore']);
});

test('the file names its track, unless its owner does', async () => {
  const uploads = makeUploads();
  uploads.send([sound('kapitel 1.wav')]);
  const [upload] = uploads.items;
  expect([sent[0]?.outgoing.fields, upload?.title]).toEqual([{ visibility: 'private' }, 'kapitel 1.wav']);
  await upload?.describe({ title: 'Shore', genre: 'dub' });
  await upload?.describe({ title: '' });
  expect([upload?.change, upload?.title]).toEqual([{ genre: 'dub' }, 'kapitel 1.wav']);
});

test('another member does not see them, and sends none of them', () => {
  const uploads = makeUploads();
  uploads.send([sound('1.wav'), sound('2.wav'), sound('3.wav')]);
  owner = 'u-2';
  sent[0]?.listener.failed(refusal(401));
  expect([uploads.mine, sent.length]).toEqual([[], 2]);
});

test('a rate is that of the last seconds, and begins anew', () => {
  const rate = new Rate();
  rate.note(0, 0);
  expect(rate.perSecond).toBe(null);
  for (let second = 1; second <= 10; second += 1) rate.note(second * 1000, second * 1000);
  expect(rate.perSecond).toBe(1000);
  rate.note(0, 11_000);
  expect(rate.perSecond).toBe(null);
});
