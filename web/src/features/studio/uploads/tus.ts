/**
 * Sends files by tus 1.0, to `/api/v1/uploads`: after a lost connection, a pause or a reload of the
 * page a transfer goes on with the bytes that are not at the server yet.
 */

import { type Schemas, api, call, changeHeaders, keepFresh, refresh } from '../../../api/client';
import { ApiError, asApiError, isFailure } from '../../../api/errors';
import type { Listener, Made, Outgoing, Transfer, Transport } from './transport';
import { type Trace, trace } from './unfinished.svelte';

type Status = Schemas['UploadStatus'];

const PATH = '/api/v1/uploads';
const VERSION = '1.0.0';
/** While the server makes something of a file that it has, it is asked so often. */
const POLL_MS = 2000;
const MAX_POLLS = 300;

/** Browsers repeat a request whose connection breaks: the server has more by now, or the one request ended the other. */
const BY_REPETITION = new Set(['wrong_offset', 'upload_taken_over']);

/** The longest request that passes usual proxies, as the server says once for this tab. */
let chunkBytes: Promise<number> | null = null;

export const sendResumably: Transport = (outgoing, listener) => new Sending(outgoing, listener);

class Sending implements Transfer {
  readonly #outgoing: Outgoing;
  readonly #listener: Listener;
  readonly #trace: Trace;
  #id: string | null;
  #request: XMLHttpRequest | null = null;
  /** Counts attempts: what an earlier one hears of counts no longer. */
  #attempt = 0;
  #isCancelled = false;

  constructor(outgoing: Outgoing, listener: Listener) {
    this.#outgoing = outgoing;
    this.#listener = listener;
    this.#trace = trace(outgoing);
    this.#id = this.#trace.id;
    this.resume();
  }

  pause = (): void => {
    this.#attempt += 1;
    this.#request?.abort();
    this.#request = null;
  };

  resume = (): void => {
    const mine = ++this.#attempt;
    this.#run(mine).catch((thrown: unknown) => {
      const error = asApiError(thrown);
      // What was refused is not taken up again: the next attempt begins anew.
      if (!error.isTemporary && mine === this.#attempt) this.#forget();
      if (mine === this.#attempt) this.#listener.failed(error);
    });
  };

  cancel = (): void => {
    this.pause();
    this.#isCancelled = true;
    this.#trace.forget();
    if (this.#id) discard(this.#id);
  };

  async #run(mine: number): Promise<void> {
    let status = await this.#findOrCreate();
    let isRefreshed = false;
    while (mine === this.#attempt && status.state === 'receiving') {
      this.#listener.arrived(status.offset_bytes);
      let refused: ApiError | null = null;
      try {
        await this.#append(status, mine);
      } catch (thrown) {
        refused = asApiError(thrown);
        const mayGoOn = BY_REPETITION.has(refused.code) || (refused.status === 401 && !isRefreshed && (await refresh()));
        if (!mayGoOn) throw refused;
        isRefreshed ||= refused.status === 401;
      }
      if (mine !== this.#attempt) return;
      const before = status.offset_bytes;
      status = await findStatus(status.id);
      if (refused && BY_REPETITION.has(refused.code) && status.offset_bytes <= before) throw lost();
    }
    const made = mine === this.#attempt ? await this.#waitFor(status, mine) : null;
    if (!made || mine !== this.#attempt) return;
    this.#trace.forget();
    this.#listener.accepted(made);
  }

  async #findOrCreate(): Promise<Status> {
    if (this.#id) {
      try {
        return await findStatus(this.#id);
      } catch (error) {
        if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 410)) throw error;
        // It has expired, or is somebody else's.
      }
    }
    const created = await create(this.#outgoing);
    this.#id = created.id;
    // Cancelled meanwhile: nobody continues it.
    if (this.#isCancelled) discard(created.id);
    else this.#trace.keep(created.id);
    return created;
  }

  /** Send the next bytes: as many as pass usual proxies in one request. */
  async #append(status: Status, mine: number): Promise<void> {
    chunkBytes ??= findChunkBytes();
    const most = await chunkBytes.catch((error: unknown) => {
      chunkBytes = null;
      throw error;
    });
    await keepFresh();
    const headers = await changeHeaders();
    if (mine !== this.#attempt) return;
    const first = status.offset_bytes;
    const chunk = this.#outgoing.file.slice(first, first + most);
    const request = new XMLHttpRequest();
    this.#request = request;
    request.open('PATCH', `${PATH}/${status.id}`);
    const named = {
      ...headers,
      'tus-resumable': VERSION,
      'upload-offset': String(first),
      'content-type': 'application/offset+octet-stream',
    };
    for (const [name, value] of Object.entries(named)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      if (mine === this.#attempt) this.#listener.progressed(first + Math.min(loaded, chunk.size));
    };
    await new Promise<void>((done, refuse) => {
      request.onerror = () => refuse(lost());
      request.onabort = () => done();
      request.onload = () => (request.status < 300 ? done() : refuse(errorOf(request)));
      request.send(chunk);
    });
  }

  /** Return what the server made of a file that it has, as soon as it has made it. */
  async #waitFor(begun: Status, mine: number): Promise<Made | null> {
    let status = begun;
    for (let polls = 0; status.state === 'received' && polls < MAX_POLLS; polls += 1) {
      await new Promise((next) => setTimeout(next, POLL_MS));
      if (mine !== this.#attempt) return null;
      status = await findStatus(status.id);
    }
    const { failure } = status;
    if (failure) throw new ApiError({ error: failure.message, code: failure.code, request_id: '' }, 422);
    if (!status.result)
      throw new ApiError({ error: 'The server has not finished the file.', code: 'upload_unfinished', request_id: '' }, 504);
    return status.result;
  }

  #forget(): void {
    this.#trace.forget();
    this.#id = null;
  }
}

/** End an upload. One that can't be ended now expires within a day. */
export function discard(upload_id: string): void {
  void api.DELETE('/api/v1/uploads/{upload_id}', { params: { path: { upload_id } } }).catch(() => undefined);
}

function findStatus(upload_id: string): Promise<Status> {
  return call(api.GET('/api/v1/uploads/{upload_id}', { params: { path: { upload_id } } }));
}

function create({ file, purpose, fields }: Outgoing): Promise<Status> {
  const said = Object.entries({ purpose, filename: file.name, ...fields }).filter(([, value]) => value !== '');
  const header = {
    'Tus-Resumable': VERSION,
    'Upload-Length': file.size,
    'Upload-Metadata': said.map(([name, value]) => `${name} ${encode(value)}`).join(),
  };
  return call(api.POST('/api/v1/uploads', { params: { header } }));
}

/** Return a text in base64 of UTF-8, as headers have it. */
export function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

async function findChunkBytes(): Promise<number> {
  const response = await fetch(PATH, { method: 'OPTIONS' });
  const found = /max-append-size=(\d+)/.exec(response.headers.get('upload-limit') ?? '');
  if (!found)
    throw new ApiError({ error: response.statusText, code: 'network', request_id: '' }, response.status < 500 ? 0 : response.status);
  return Number(found[1]);
}

function lost(): ApiError {
  return new ApiError({ error: 'The connection broke.', code: 'network', request_id: '' }, 0);
}

function errorOf(answered: XMLHttpRequest): ApiError {
  const body = parse(answered.responseText);
  const seconds = Number(answered.getResponseHeader('retry-after'));
  const failure = isFailure(body) ? body : { error: answered.statusText, code: `http_${String(answered.status)}`, request_id: '' };
  return new ApiError(failure, answered.status, seconds > 0 ? seconds : null);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
