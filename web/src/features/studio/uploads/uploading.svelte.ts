/**
 * Files on their way to the server. They go on while their owner visits other pages; one that fails
 * for lack of a network goes on by itself.
 */

import { type ApiError, asApiError } from '../../../api/errors';
import { Rate } from './rate';
import type { Made, Outgoing, Transfer, Transport } from './transport';

/** In line, being sent, paused by its owner, waiting for the network or the server, refused, or at the server. */
export type Phase = 'queued' | 'sending' | 'paused' | 'waiting' | 'refused' | 'sent';

const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 60_000;
/** Attempts in a row that fail before the owner is asked. */
const MAX_ATTEMPTS = 8;

let lastKey = 0;

export class Upload {
  readonly key = ++lastKey;
  readonly file: File;
  phase = $state<Phase>('queued');
  sentBytes = $state(0);
  /** Bytes per second, if known. */
  speed = $state<number | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Called when its place in the line may be free, or is needed. */
  changed: () => void = () => undefined;
  readonly #outgoing: Outgoing;
  readonly #transport: Transport;
  readonly #arrived: (made: Made) => Promise<void>;
  #rate = new Rate();
  #transfer: Transfer | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #arrivedBytes = 0;

  /** `arrived` is called with what the server made of the file; what it throws is a failure of the upload. */
  constructor(outgoing: Outgoing, transport: Transport, arrived: (made: Made) => Promise<void>) {
    this.file = outgoing.file;
    this.#outgoing = outgoing;
    this.#transport = transport;
    this.#arrived = arrived;
  }

  get isActive(): boolean {
    return this.phase === 'queued' || this.phase === 'sending' || this.phase === 'waiting';
  }

  /** How much of the file is at the server, in whole percent. */
  get percent(): number {
    return this.file.size === 0 ? 0 : Math.floor((this.sentBytes / this.file.size) * 100);
  }

  start(): void {
    this.phase = 'sending';
    this.error = null;
    this.#rate = new Rate();
    if (this.#transfer) this.#transfer.resume();
    else
      this.#transfer = this.#transport(this.#outgoing, {
        progressed: (bytes) => this.#note(bytes),
        arrived: (bytes) => this.#confirm(bytes),
        accepted: (made) => void this.#accept(made),
        failed: (error) => this.#fail(error),
      });
  }

  pause(): void {
    clearTimeout(this.#timer);
    if (this.phase === 'sending') this.#transfer?.pause();
    this.phase = 'paused';
    this.speed = null;
    this.changed();
  }

  /** Go on after a pause, a refusal or while it waits: as soon as there is a place. */
  resume(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.phase = 'queued';
    this.changed();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#transfer?.cancel();
    this.phase = 'refused';
    this.changed();
  }

  #note(bytes: number): void {
    this.sentBytes = bytes;
    this.#rate.note(bytes);
    this.speed = this.#rate.perSecond;
  }

  #confirm(bytes: number): void {
    if (bytes > this.#arrivedBytes) this.#failures = 0;
    this.#arrivedBytes = bytes;
    this.#note(bytes);
  }

  async #accept(made: Made): Promise<void> {
    this.sentBytes = this.file.size;
    this.speed = null;
    try {
      await this.#arrived(made);
    } catch (error) {
      this.#fail(asApiError(error));
      return;
    }
    this.phase = 'sent';
    this.changed();
  }

  #fail(error: ApiError): void {
    this.error = error;
    this.speed = null;
    this.#failures += 1;
    if (error.isTemporary && this.#failures < MAX_ATTEMPTS) {
      this.phase = 'waiting';
      const delay = error.retryAfter === null ? Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), MAX_WAIT_MS) : error.retryAfter * 1000;
      this.#timer = setTimeout(() => this.#again(), delay);
    } else this.phase = 'refused';
    this.changed();
  }

  #again(): void {
    this.phase = 'queued';
    this.changed();
  }
}

/** Uploads of this tab, of which so many are sent at once. */
export class Uploads<U extends Upload> {
  items = $state.raw<readonly U[]>([]);
  readonly #atOnce: number;
  readonly #mayGoOn: (upload: U) => boolean;

  /** `mayGoOn` tells whether an upload may be sent now: those of who is signed in. */
  constructor(atOnce: number, mayGoOn: (upload: U) => boolean = () => true) {
    this.#atOnce = atOnce;
    this.#mayGoOn = mayGoOn;
  }

  add(added: readonly U[]): void {
    for (const each of added) each.changed = this.#next;
    this.items = [...this.items, ...added];
    this.#next();
  }

  remove(upload: U): void {
    this.items = this.items.filter((each) => each !== upload);
    if (upload.phase !== 'sent') upload.cancel();
  }

  /** Go on with what waits for the network. */
  readonly wake = (): void => {
    for (const each of this.items) if (each.phase === 'waiting') each.resume();
  };

  readonly #next = (): void => {
    let free = this.#atOnce - this.items.filter((each) => each.phase === 'sending').length;
    for (const each of this.items) {
      if (free <= 0) break;
      if (each.phase !== 'queued' || !this.#mayGoOn(each)) continue;
      each.start();
      free -= 1;
    }
  };
}
