/**
 * How the bytes of a file reach the server. An upload knows a transport only by `Transport`, so that
 * one that goes on where it stopped can take the place of the form.
 */

import type { Schemas } from '../api/client';
import { csrfHeaders, keepFresh, refresh } from '../api/client';
import { ApiError, isFailure } from '../api/errors';

export type Track = Schemas['Track'];

export interface Outgoing {
  method: 'POST' | 'PUT';
  /** Where files of this kind are sent to. */
  path: string;
  file: File;
  fields: Readonly<Record<string, string>>;
  cover: File | null;
}

export interface Listener<T> {
  /** How many bytes of the file are at the server. Falls back to zero where a transport begins anew. */
  progressed: (sentBytes: number) => void;
  /** What the server made of it. */
  accepted: (made: T) => void;
  failed: (error: ApiError) => void;
}

/** A file that is being sent. After `pause` nothing is reported until `resume`; after `cancel`, nothing at all. */
export interface Transfer {
  pause: () => void;
  resume: () => void;
  cancel: () => void;
}

export type Transport = <T>(outgoing: Outgoing, listener: Listener<T>) => Transfer;

/** Send a file as a form, in one request: a transfer that was paused begins anew. */
export const sendAsForm: Transport = <T>(outgoing: Outgoing, listener: Listener<T>): Transfer => {
  let request: XMLHttpRequest | null = null;
  let attempt = 0;

  function stop(): void {
    attempt += 1;
    request?.abort();
    request = null;
  }

  async function begin(isRefreshed = false): Promise<void> {
    const mine = ++attempt;
    const report = (run: () => void): void => {
      if (mine === attempt) run();
    };
    listener.progressed(0);
    await keepFresh();
    const headers = await csrfHeaders();
    if (mine !== attempt) return;
    request = new XMLHttpRequest();
    request.open(outgoing.method, outgoing.path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => report(() => listener.progressed(Math.min(loaded, outgoing.file.size)));
    request.onerror = () => report(() => listener.failed(new ApiError({ error: 'The connection broke.', code: 'network', request_id: '' }, 0)));
    request.onload = ({ target }) => report(() => void end(target as XMLHttpRequest, isRefreshed));
    request.send(formOf(outgoing));
  }

  async function end(answered: XMLHttpRequest, isRefreshed: boolean): Promise<void> {
    if (answered.status === 401 && !isRefreshed && (await refresh())) {
      start(true);
      return;
    }
    const body = parse(answered.responseText);
    if (answered.status < 300) listener.accepted((body as { data: T }).data);
    else listener.failed(errorOf(body, answered));
  }

  function start(isRefreshed = false): void {
    const mine = attempt + 1;
    begin(isRefreshed).catch((error: unknown) => {
      if (mine === attempt) listener.failed(new ApiError({ error: String(error), code: 'network', request_id: '' }, 0));
    });
  }

  start();
  return { pause: stop, resume: () => start(), cancel: stop };
};

function formOf({ file, fields, cover }: Outgoing): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (cover) form.append('cover', cover);
  // The server decides by what comes before the file whether it wants it.
  form.append('file', file);
  return form;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function errorOf(body: unknown, answered: XMLHttpRequest): ApiError {
  const seconds = Number(answered.getResponseHeader('retry-after'));
  const failure = isFailure(body) ? body : { error: answered.statusText, code: `http_${String(answered.status)}`, request_id: '' };
  return new ApiError(failure, answered.status, seconds > 0 ? seconds : null);
}
