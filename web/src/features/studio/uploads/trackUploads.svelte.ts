/** Uploads that become tracks, and what is said about them meanwhile. */

import { type ApiError, asApiError } from '../../../api/errors';
import type { Sound } from './dropped';
import type { TrackChange } from '../tracks/tracks';
import type { Track, Transport } from './transport';
import { Upload, Uploads } from './uploading.svelte';

const AT_ONCE = 2;

/** What uploads of tracks need from the rest of the application. */
export interface Surroundings {
  transport: Transport;
  /** Who is signed in. */
  findOwner: () => string | null;
  load: (trackId: string) => Promise<Track>;
  describe: (track: Track, change: TrackChange) => Promise<Track>;
  /** Give a track a cover. */
  cover: (track: Track, picture: File) => Promise<Track>;
}

export class TrackUpload extends Upload {
  readonly folder: string;
  readonly ownerId: string | null;
  track = $state.raw<Track | null>(null);
  /** What its owner wrote about it meanwhile, saved once the track is there. */
  change = $state.raw<TrackChange | null>(null);
  /** Whether its owner is writing about it: the form stays open while the track arrives. */
  isEditing = $state(false);
  /** Why what was said about it was not saved. */
  notSaved = $state.raw<ApiError | null>(null);
  readonly #around: Surroundings;

  constructor(sound: Sound, around: Surroundings) {
    const outgoing = { file: sound.file, purpose: 'track', fields: { visibility: 'private' } } as const;
    super(outgoing, around.transport, async ({ id }) => {
      this.track = await around.load(id);
      await this.#complete(sound.cover);
    });
    this.folder = sound.folder.split('/').at(-1) ?? '';
    this.ownerId = around.findOwner();
    this.#around = around;
  }

  get title(): string {
    return this.track?.title ?? this.change?.title ?? this.file.name;
  }

  /** Change what is said about the track: at once, or as soon as it is at the server. Throws ApiError. */
  async describe(change: TrackChange): Promise<void> {
    if (!this.track) {
      const { title, ...rest } = { ...this.change, ...change };
      // Without a title the track has that of its file.
      this.change = title ? { ...rest, title } : rest;
      return;
    }
    this.change = { ...this.change, ...change };
    this.track = await this.#around.describe(this.track, change);
    this.notSaved = null;
  }

  /** Save what was said while the file was sent. The track is there, whether that succeeds or not. */
  async #complete(cover: File | null): Promise<void> {
    if (!this.track) return;
    try {
      if (cover) this.track = await this.#around.cover(this.track, cover);
      if (this.change) this.track = await this.#around.describe(this.track, this.change);
    } catch (error) {
      this.notSaved = asApiError(error);
    }
  }
}

/** The uploads of tracks of this tab, and what all of them have in common. */
export class TrackUploads extends Uploads<TrackUpload> {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    super(AT_ONCE, (upload) => upload.ownerId === around.findOwner());
    this.#around = around;
  }

  /** Those of who is signed in. */
  get mine(): readonly TrackUpload[] {
    return this.items.filter((each) => each.ownerId === this.#around.findOwner());
  }

  send(sounds: readonly Sound[]): void {
    this.add(sounds.map((each) => new TrackUpload(each, this.#around)));
  }
}
