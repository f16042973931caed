import { expect, test, vi } from 'vitest';
import { type Progress, type Source, TransferFailed, transfer } from './transfer';

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

/** A server that ends each response after some bytes. */
function serving(lengths: number[], options: { ignoresRanges?: boolean } = {}) {
  return vi.fn((_url: string, init: RequestInit) => {
    const range = new Headers(init.headers).get('range');
    const start = range && !options.ignoresRanges ? Number(/\d+/.exec(range)?.[0]) : 0;
    const length = lengths.shift();
    if (length === undefined) return Promise.reject(new TypeError('network'));
    const rest = BYTES.slice(start);
    return Promise.resolve(
      new Response(streamOf(rest.slice(0, length), length < rest.length), {
        status: start > 0 ? 206 : 200,
        headers: { 'content-length': String(rest.length), etag: '"a"' },
      }),
    );
  });
}

/** What was read before an error must arrive: the error comes with the next pull. */
function streamOf(bytes: Uint8Array<ArrayBuffer>, breaks: boolean): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (!isSent && bytes.length > 0) controller.enqueue(bytes);
      else if (breaks) controller.error(new TypeError('reset'));
      else controller.close();
      isSent = true;
    },
  });
}

function source(fetch: Source['fetch']): Source {
  return { url: '/file', sizeBytes: BYTES.length, fetch, signal: new AbortController().signal, wait: () => Promise.resolve() };
}

async function read(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

test('a file is fetched, with its progress', async () => {
  const seen: Progress[] = [];
  expect(await read(await transfer(source(serving([100])), (progress) => seen.push(progress)))).toEqual(BYTES);
  expect(seen.at(-1)).toEqual({ receivedBytes: 100, totalBytes: 100 });
});

test('a broken download goes on where it ended', async () => {
  const fetch = serving([30, 0, 50, 20]);
  expect(await read(await transfer(source(fetch), () => undefined))).toEqual(BYTES);
  expect(fetch.mock.calls.map(([, init]) => new Headers(init.headers).get('range'))).toEqual([null, 'bytes=30-', 'bytes=30-', 'bytes=80-']);
});

test('a file that has changed is fetched from its beginning', async () => {
  expect(await read(await transfer(source(serving([30, 100], { ignoresRanges: true })), () => undefined))).toEqual(BYTES);
});

test('a refusal, nothing at all, and too many breaks are failures', async () => {
  await expect(
    transfer(
      source(() => Promise.resolve(new Response('', { status: 404 }))),
      () => undefined,
    ),
  ).rejects.toThrow(TransferFailed);
  await expect(transfer(source(serving([])), () => undefined)).rejects.toThrow(TypeError);
  await expect(transfer(source(serving([10])), () => undefined)).rejects.toThrow(TransferFailed);
});
