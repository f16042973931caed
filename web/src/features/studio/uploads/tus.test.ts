import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as errors from '../../../api/errors';
import type { Made, Outgoing } from './transport';

type ApiError = errors.ApiError;

const CHUNK_BYTES = 40;

/** A server that has one upload, and what was asked of it. */
const server = {
  upload: null as { id: string; metadata: string; length: number; bytes: string } | null,
  failure: null as string | null,
  created: 0,
  deleted: 0,
  /** After so many bytes of a request its connection breaks, once. */
  breaksAfter: null as number | null,
  /** Instead of breaking, it answers with this code. */
  conflict: null as string | null,
  isAway: false,
};

function refusal(status: number, code = 'no'): ApiError {
  return new errors.ApiError({ error: 'No.', code, request_id: '' }, status);
}

function bytesAtServer(): string | undefined {
  return server.upload?.bytes;
}

function show(): unknown {
  const { upload, failure } = server;
  if (!upload) throw refusal(404);
  const state = failure ? 'failed' : upload.bytes.length === upload.length ? 'completed' : 'receiving';
  const result = state === 'completed' ? { id: 'c-1', path: '/cloud/files/c-1' } : null;
  return { id: upload.id, state, offset_bytes: upload.bytes.length, result, failure: failure && { code: failure, message: 'No.' } };
}

vi.mock('../../../api/client', () => ({
  call: (answer: unknown) => Promise.resolve(answer),
  changeHeaders: () => Promise.resolve({}),
  keepFresh: () => Promise.resolve(),
  refresh: () => Promise.resolve(false),
  api: {
    GET: () => (server.isAway ? Promise.reject(refusal(0)) : Promise.resolve().then(show)),
    POST: (_: string, { params }: { params: { header: Record<string, string> } }) => {
      server.created += 1;
      server.upload = {
        id: `u-${String(server.created)}`,
        metadata: params.header['Upload-Metadata'] ?? '',
        length: Number(params.header['Upload-Length']),
        bytes: '',
      };
      return Promise.resolve(show());
    },
    DELETE: () => {
      server.deleted += 1;
      return Promise.resolve({});
    },
  },
}));

class FakeRequest {
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  status = 0;
  responseText = '';
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  #offset = 0;
  #isAborted = false;

  open(): void {
    this.status = 0;
  }

  setRequestHeader(name: string, value: string): void {
    if (name === 'upload-offset') this.#offset = Number(value);
  }

  getResponseHeader(): null {
    return null;
  }

  abort(): void {
    this.#isAborted = true;
    this.onabort?.();
  }

  send(chunk: Blob): void {
    void chunk.text().then((text) => {
      const { upload, breaksAfter } = server;
      if (this.#isAborted || !upload) return;
      expect(this.#offset).toBe(upload.bytes.length);
      expect(text.length).toBeLessThanOrEqual(CHUNK_BYTES);
      const arrived = breaksAfter === null ? text : text.slice(0, breaksAfter);
      upload.bytes += arrived;
      this.upload.onprogress?.({ loaded: arrived.length });
      server.breaksAfter = null;
      if (arrived.length < text.length && server.conflict) {
        this.status = 409;
        this.responseText = JSON.stringify({ success: false, error: 'No.', code: server.conflict, request_id: 'r' });
        this.onload?.();
      } else if (arrived.length < text.length) this.onerror?.();
      else {
        this.status = 204;
        this.onload?.();
      }
    });
  }
}

const content = Array.from({ length: 100 }, (_, index) => String.fromCharCode(65 + (index % 26))).join('');
const file = new File([content], 'take.wav', { lastModified: 1 });
const outgoing: Outgoing = { file, purpose: 'cloud_file', fields: { folder: 'Mixe/Ä', file_id: '' } };
let stored: Record<string, string> = {};

beforeEach(() => {
  Object.assign(server, { upload: null, failure: null, created: 0, deleted: 0, breaksAfter: null, conflict: null, isAway: false });
  stored = {};
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => stored[name] ?? null,
    setItem: (name: string, value: string) => (stored[name] = value),
  });
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(null, { headers: { 'upload-limit': `max-size=1000, max-append-size=${String(CHUNK_BYTES)}` } })),
  );
});
afterEach(() => vi.unstubAllGlobals());

/** Send a file by a page that was just loaded, until it has arrived or failed. */
async function send(sent = outgoing): Promise<{ end: Made | ApiError; again: () => Promise<Made | ApiError>; cancel: () => void }> {
  vi.resetModules();
  vi.doMock('../../../api/errors', () => errors);
  const { sendResumably } = await import('./tus');
  let settle: (end: Made | ApiError) => void = () => undefined;
  const next = (): Promise<Made | ApiError> => new Promise((ended) => (settle = ended));
  const first = next();
  const transfer = sendResumably(sent, {
    progressed: () => undefined,
    arrived: () => undefined,
    accepted: (made) => settle(made),
    failed: (error) => settle(error),
  });
  const again = (): Promise<Made | ApiError> => {
    const ended = next();
    transfer.resume();
    return ended;
  };
  return { end: await first, again, cancel: transfer.cancel };
}

test('a file is sent in chunks as long as the server advertises, with what is said about it', async () => {
  const { end } = await send();
  expect(end).toEqual({ id: 'c-1', path: '/cloud/files/c-1' });
  expect([server.upload?.bytes, server.created]).toEqual([content, 1]);
  const said = (server.upload?.metadata ?? '').split(',').map((pair) => pair.split(' '));
  expect(
    said.map(([name, value]) => [name, new TextDecoder().decode(Uint8Array.from(atob(value ?? ''), (each) => each.charCodeAt(0)))]),
  ).toEqual([
    ['purpose', 'cloud_file'],
    ['filename', 'take.wav'],
    ['folder', 'Mixe/Ä'],
  ]);
  expect(stored['veza.uploads']).toBe('[]');
});

test('after a connection that broke it goes on with the bytes that are missing', async () => {
  server.breaksAfter = 7;
  const { end, again } = await send();
  expect([(end as ApiError).isTemporary, server.upload?.bytes.length]).toEqual([true, 7]);
  expect(await again()).toEqual({ id: 'c-1', path: '/cloud/files/c-1' });
  expect([server.upload?.bytes, server.created]).toEqual([content, 1]);
});

test('a request that its repetition ended goes on where the server is; without a byte more it waits', async () => {
  for (const code of ['wrong_offset', 'upload_taken_over']) {
    Object.assign(server, { upload: null, breaksAfter: 7, conflict: code });
    expect(await send()).toMatchObject({ end: { id: 'c-1' } });
    expect(bytesAtServer()).toBe(content);
    Object.assign(server, { upload: null, breaksAfter: 0 });
    expect(await send()).toMatchObject({ end: { code: 'network', isTemporary: true } });
  }
  expect(server.created).toBe(4);
});

test('after a reload the same file goes on, another one and one for something else begin anew', async () => {
  server.breaksAfter = 7;
  await send();
  expect(await send()).toMatchObject({ end: { id: 'c-1' } });
  expect([server.upload?.bytes, server.created]).toEqual([content, 1]);
  server.breaksAfter = 7;
  await send();
  await send({ ...outgoing, fields: { folder: 'Other' } });
  await send({ ...outgoing, file: new File([content], 'take.wav', { lastModified: 2 }) });
  expect(server.created).toBe(4);
});

test('one that expired, or was refused, begins anew; one that is cancelled is ended at the server', async () => {
  server.breaksAfter = 7;
  await send();
  server.upload = null;
  const { again } = await send();
  expect([bytesAtServer(), server.created]).toEqual([content, 2]);
  server.failure = 'not_audio';
  expect(await again()).toMatchObject({ code: 'not_audio', isTemporary: false });
  server.failure = null;
  await again();
  expect(server.created).toBe(3);
  server.breaksAfter = 7;
  const { cancel } = await send();
  cancel();
  expect([server.deleted, stored['veza.uploads']]).toEqual([1, '[]']);
});

test('without a network nothing begins anew', async () => {
  server.breaksAfter = 7;
  const { again } = await send();
  server.isAway = true;
  expect(await again()).toMatchObject({ status: 0 });
  server.isAway = false;
  await again();
  expect([server.upload?.bytes, server.created]).toEqual([content, 1]);
});
