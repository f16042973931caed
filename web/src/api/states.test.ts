import { expect, test, vi } from 'vitest';
import { Countdown } from '../components/countdown.svelte';
import { scriptOf } from '../shell/version.svelte';
import { ApiError } from './errors';
import { forgetAll, keep, recall } from './kept';
import { delayOf, maintenanceNote, plannedEnd, stateOf } from './states';

vi.stubGlobal('navigator', { onLine: true, languages: ['en'] });

function refused(status: number, code = 'any', retryAfter: number | null = null, error = 'No.'): ApiError {
  return new ApiError({ error, code, request_id: 'r1' }, status, retryAfter);
}

test('each error means one state', () => {
  const cases = [
    refused(0, 'network'),
    refused(503, 'maintenance'),
    refused(429),
    refused(401),
    refused(403),
    refused(404),
    refused(410),
    refused(500),
    refused(503),
    refused(409),
    new Error(),
  ];
  expect(cases.map((each) => stateOf(each, true))).toEqual([
    'unreachable',
    'maintenance',
    'limited',
    'signedOut',
    'forbidden',
    'missing',
    'deleted',
    'broken',
    'broken',
    'refused',
    'broken',
  ]);
  expect([refused(0, 'network'), new Error()].map((each) => stateOf(each, false))).toEqual(['offline', 'offline']);
});

test('only what can pass is tried again by itself, less and less often', () => {
  expect([401, 403, 404, 409, 410].map((status) => delayOf(refused(status), 0))).toEqual([null, null, null, null, null]);
  expect([0, 1, 2, 3, 9].map((attempts) => delayOf(refused(500), attempts, 0.5))).toEqual([5, 10, 20, 40, 60]);
});

test('a limit is waited for, and maintenance is asked about before its planned end', () => {
  expect(delayOf(refused(429, 'any', 90), 0, 0)).toBe(90);
  expect(delayOf(refused(503, 'maintenance', 7200), 0, 0.5)).toBe(30);
  expect(plannedEnd(refused(503, 'maintenance', 7200), 0)).toEqual(new Date(7_200_000));
  expect(plannedEnd(refused(503, 'maintenance', 60), 0)).toBeNull();
  expect(plannedEnd(refused(503, 'busy', 7200), 0)).toBeNull();
  expect(maintenanceNote(refused(503, 'maintenance', 60, 'We move.'))).toBe('We move.');
  expect(maintenanceNote(refused(503, 'maintenance', 60, 'The server is under maintenance: try again later.'))).toBeNull();
});

test('answers are kept for pages that are opened again, but not those for one use', async () => {
  const answer = (): Response => new Response('{"data":1}', { headers: { 'content-type': 'application/json' } });
  const [track, token] = ['http://veza.test/api/v1/tracks/1', 'http://veza.test/api/v1/chat/token'].map((url) => new Request(url)) as [
    Request,
    Request,
  ];
  const change = new Request(track.url, { method: 'POST' });
  for (const request of [track, token]) await keep(request, answer());
  await keep(change, answer());
  expect(await recall(track)?.text()).toBe('{"data":1}');
  expect([recall(token), recall(change)]).toEqual([null, null]);
  for (let number = 0; number < 60; number++) await keep(new Request(`${track.url}${String(number)}`), answer());
  expect(recall(track)).toBeNull();
  forgetAll();
  expect(recall(new Request(`${track.url}59`))).toBeNull();
});

test('a countdown ends once, by the clock', () => {
  vi.useFakeTimers({ now: 0 });
  const [countdown, done] = [new Countdown(), vi.fn()];
  countdown.start(2, done);
  vi.advanceTimersByTime(1100);
  expect([countdown.left, done.mock.calls.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(5000);
  expect([countdown.left, done.mock.calls.length]).toEqual([0, 1]);
  countdown.start(2, done);
  countdown.stop();
  vi.advanceTimersByTime(5000);
  expect(done).toHaveBeenCalledOnce();
  vi.useRealTimers();
});

test('the first script tells versions apart', () => {
  expect(scriptOf('<head><script type="module" crossorigin src="/assets/index-abc.js"></script>')).toBe('/assets/index-abc.js');
  expect(scriptOf('<head></head>')).toBeNull();
});
