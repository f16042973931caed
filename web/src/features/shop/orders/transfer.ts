/**
 * Downloads whose progress the page shows, and which go on where a broken connection ended them.
 *
 * A browser holds such a file until it is complete, so that large files, and those of a storage that
 * does not admit scripts, are left to the browser's own downloads.
 */

export interface Progress {
  receivedBytes: number;
  totalBytes: number;
}

/** What is to be fetched, and by which means. */
export interface Source {
  url: string;
  sizeBytes: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  signal: AbortSignal;
  /** Wait before the next attempt. */
  wait: (attempt: number) => Promise<void>;
}

/** Larger files are left to the browser. */
export const MAX_HELD_BYTES = 512 * 2 ** 20;
/** Attempts in a row in which nothing arrives. */
const MAX_VAIN = 4;

/** The server refused the file, or ended it in vain. */
export class TransferFailed extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The download failed (${String(status)}).`);
    this.status = status;
  }
}

/** Fetch a file. Throws TransferFailed, or what `fetch` throws if nothing could be fetched at all. */
export async function transfer(source: Source, report: (progress: Progress) => void): Promise<Blob> {
  const parts: BlobPart[] = [];
  let [received, vain, tag] = [0, 0, ''];
  for (;;) {
    const before = received;
    try {
      const response = await source.fetch(source.url, { signal: source.signal, headers: headersFrom(received, tag) });
      if (received > 0 && response.status === 200) {
        // Another version of the file, from its beginning.
        parts.length = 0;
        received = 0;
      } else if (received > 0 && response.status === 416 && received === source.sizeBytes) return new Blob(parts);
      if (!response.ok || !response.body) throw new TransferFailed(response.status);
      tag = response.headers.get('etag') ?? '';
      const total = received + Number(response.headers.get('content-length') ?? source.sizeBytes - received);
      for await (const chunk of readAll(response.body)) {
        parts.push(chunk);
        received += chunk.byteLength;
        report({ receivedBytes: received, totalBytes: total });
      }
      if (received >= total) return new Blob(parts);
    } catch (error) {
      if (source.signal.aborted || received === 0 || (error instanceof TransferFailed && error.status < 500)) throw error;
    }
    vain = received > before ? 0 : vain + 1;
    if (vain === MAX_VAIN) throw new TransferFailed(0);
    await source.wait(vain);
  }
}

function headersFrom(received: number, tag: string): Record<string, string> {
  if (received === 0) return {};
  return tag ? { range: `bytes=${String(received)}-`, 'if-range': tag } : { range: `bytes=${String(received)}-` };
}

async function* readAll(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
