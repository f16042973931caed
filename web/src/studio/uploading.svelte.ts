/**
 * Files on their way to the server. They go on while their owner visits other pages; one that fails
 * for lack of a network goes on by itself.
 */

import { type ApiError, asApiError } from '../api/errors';
import type { Sound } from './dropped';
import { Rate } from './rate';
import type { TrackChange } from './tracks';
import type { Outgoing, Track, Transfer, Transport } from './transport';

/** In line, being sent, paused by its owner, waiting for the network or the server, refused, or at the server. */
export type Phase = 'queued' | 'sending' | 'paused' | 'waiting' | 'refused' | 'sent';

const AT_ONCE = 2;
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 60_000;
/** Attempts in a row that fail before the owner is asked. */
const MAX_ATTEMPTS = 8;

/** What uploads need from the rest of the application. */
export interface Surroundings {
  transport: Transport;
  /** Who is signed in. */
  findOwner: () => string | null;
  describe: (track: Track, change: TrackChange) => Promise<Track>;
}

let lastKey = 0;

export class Upload {
  readonly key = ++lastKey;
  readonly file: File;
  readonly folder: string;
  readonly ownerId: string | null;
  phase = $state<Phase>('queued');
  sentBytes = $state(0);
  /** Bytes per second, if known. */
  speed = $state<number | null>(null);
  error = $state.raw<ApiError | null>(null);
  track = $state.raw<Track | null>(null);
  /** What its owner wrote about it meanwhile, saved once the track is there. */
  change = $state.raw<TrackChange | null>(null);
  readonly #outgoing: Outgoing;
  readonly #around: Surroundings;
  readonly #changed: () => void;
  #rate = new Rate();
  #transfer: Transfer | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(sound: Sound, around: Surroundings, changed: () => void) {
    this.file = sound.file;
    this.folder = sound.folder.split('/').at(-1) ?? '';
    this.ownerId = around.findOwner();
    this.#outgoing = { method: 'POST', path: '/api/v1/tracks', file: sound.file, fields: { visibility: 'private', title: titleOf(sound.file.name) }, cover: sound.cover };
    this.#around = around;
    this.#changed = changed;
  }

  get title(): string {
    return this.track?.title ?? this.change?.title ?? this.file.name;
  }

  get isActive(): boolean {
    return this.phase === 'queued' || this.phase === 'sending' || this.phase === 'waiting';
  }

  start(): void {
    this.phase = 'sending';
    this.error = null;
    this.#rate = new Rate();
    if (this.#transfer) this.#transfer.resume();
    else this.#transfer = this.#around.transport(this.#outgoing, { progressed: (bytes) => this.#note(bytes), accepted: (track: Track) => void this.#accept(track), failed: (error) => this.#fail(error) });
  }

  pause(): void {
    clearTimeout(this.#timer);
    if (this.phase === 'sending') this.#transfer?.pause();
    this.phase = 'paused';
    this.speed = null;
    this.#changed();
  }

  /** Go on after a pause, a refusal or while it waits: as soon as there is a place. */
  resume(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.phase = 'queued';
    this.#changed();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#transfer?.cancel();
    this.phase = 'refused';
    this.#changed();
  }

  #note(bytes: number): void {
    if (bytes > this.sentBytes) this.#failures = 0;
    this.sentBytes = bytes;
    this.#rate.note(bytes);
    this.speed = this.#rate.perSecond;
  }

  async #accept(track: Track): Promise<void> {
    this.track = track;
    this.sentBytes = this.file.size;
    this.speed = null;
    this.phase = 'sent';
    this.#changed();
    if (!this.change) return;
    try {
      await this.describe(this.change);
    } catch (error) {
      this.error = asApiError(error);
    }
  }

  /** Change what is said about the track: at once, or as soon as it is at the server. Throws ApiError. */
  async describe(change: TrackChange): Promise<void> {
    this.change = { ...this.change, ...change };
    if (!this.track) return;
    this.track = await this.#around.describe(this.track, change);
    this.error = null;
  }

  #fail(error: ApiError): void {
    this.error = error;
    this.speed = null;
    this.#failures += 1;
    if (error.isTemporary && this.#failures < MAX_ATTEMPTS) {
      this.phase = 'waiting';
      const delay = error.retryAfter === null ? Math.min(FIRST_WAIT_MS * 2 ** this.#failures, MAX_WAIT_MS) : error.retryAfter * 1000;
      this.#timer = setTimeout(() => this.#again(), delay);
    } else this.phase = 'refused';
    this.#changed();
  }

  #again(): void {
    this.phase = 'queued';
    this.#changed();
  }
}

/** Return a title made of the name of a file: without its ending and the number before it. */
export function titleOf(name: string): string {
  const stem = name.replace(/\.[^.]*$/, '').replace(/_/g, ' ').trim();
  return (stem.replace(/^\d{1,3}(\s*[.)-]\s*|\s+)(?=\S)/, '') || stem || name).slice(0, 200);
}

/** The uploads of this tab, and what all of them have in common. */
export class Uploads {
  items = $state.raw<readonly Upload[]>([]);
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Those of who is signed in. */
  get mine(): readonly Upload[] {
    return this.items.filter((each) => each.ownerId === this.#around.findOwner());
  }

  add(sounds: readonly Sound[]): void {
    this.items = [...this.items, ...sounds.map((each) => new Upload(each, this.#around, this.#next))];
    this.#next();
  }

  remove(upload: Upload): void {
    this.items = this.items.filter((each) => each !== upload);
    if (upload.phase !== 'sent') upload.cancel();
  }

  /** Go on with what waits for the network. */
  readonly wake = (): void => {
    for (const each of this.items) if (each.phase === 'waiting') each.resume();
  };

  readonly #next = (): void => {
    let free = AT_ONCE - this.items.filter((each) => each.phase === 'sending').length;
    for (const each of this.mine) {
      if (free <= 0) break;
      if (each.phase !== 'queued') continue;
      each.start();
      free -= 1;
    }
  };
}
