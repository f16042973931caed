/**
 * The queue that all devices of a member share. The device that plays saves it. Another one that is
 * told to play takes it over, and the first one pauses: nothing but a listener's press starts a
 * device, so two never fight.
 */

export interface Place {
  current_index: number;
  position_ms: number;
}

export interface Surroundings {
  /** What is queued here; null if nothing is. */
  read(): { trackIds: string[]; place: Place } | null;
  /** Save everything. `version` null replaces what any other device saved. Returns the new version; null if it was refused. */
  saveQueue(trackIds: string[], place: Place, version: number | null): Promise<number | null>;
  /** Save the place only. */
  savePlace(place: Place, version: number): Promise<number | null>;
  /** Another device plays now. */
  lost(): void;
  /** Another device has saved what could be continued here. */
  changed(): void;
  now(): number;
}

// Nothing is saved more often, and while it plays, its position so often.
const LEAST_MS = 2000;
const EACH_MS = 10_000;

export class SharedQueue {
  readonly #surroundings: Surroundings;
  #version = 0;
  /** The highest version that the server told of. */
  #seen = 0;
  #holds = false;
  #isSaving = false;
  #isTaken = false;
  #savedAt = -Infinity;
  #savedIds: string | null = null;
  #savedPlace = '';

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Whether what plays here is saved. */
  get holds(): boolean {
    return this.#holds;
  }

  /** The listener plays something here: this device takes the queue over. */
  take(): void {
    if (this.#holds) return;
    this.#holds = this.#isTaken = true;
    this.#savedIds = null;
    this.#savedAt = -Infinity;
  }

  /** Note the version of the server, such as when the connection is back. */
  saw(version: number): void {
    this.#seen = Math.max(this.#seen, version);
    if (!this.#isSaving) this.#compare();
  }

  /** Forget everything: another account may sign in. */
  forget(): void {
    this.#version = this.#seen = 0;
    this.#holds = this.#isTaken = false;
    this.#savedIds = null;
  }

  /** Save what changed, as often as it may. Called about each second. */
  async tick(isPlaying: boolean): Promise<void> {
    const { now, read } = this.#surroundings;
    const since = now() - this.#savedAt;
    if (!this.#holds || this.#isSaving || since < LEAST_MS) return;
    const queued = read();
    if (!queued) return;
    const ids = queued.trackIds.join();
    const place = `${queued.place.current_index} ${Math.round(queued.place.position_ms / 1000)}`;
    const [isQueueNew, isIndexNew] = [ids !== this.#savedIds, parseInt(place) !== parseInt(this.#savedPlace)];
    const isDue = place !== this.#savedPlace && (!isPlaying || since >= EACH_MS);
    if (!isQueueNew && !isIndexNew && !isDue) return;
    await this.#save(queued.trackIds, queued.place, isQueueNew);
    this.#savedIds = ids;
    this.#savedPlace = place;
  }

  async #save(trackIds: string[], place: Place, isQueueNew: boolean): Promise<void> {
    const { now, saveQueue, savePlace } = this.#surroundings;
    this.#isSaving = true;
    this.#savedAt = now();
    try {
      const version =
        isQueueNew || this.#isTaken
          ? await saveQueue(trackIds, place, this.#isTaken ? null : this.#version)
          : await savePlace(place, this.#version);
      if (version === null) this.#lose();
      else {
        this.#version = version;
        this.#isTaken = false;
      }
    } catch {
      // Saved with the next change, or the next second but one.
      this.#savedIds = null;
    }
    this.#isSaving = false;
    this.#compare();
  }

  #compare(): void {
    if (this.#seen <= this.#version) return;
    this.#version = this.#seen;
    // What this device is about to replace is no reason to stop.
    if (this.#isTaken) return;
    if (this.#holds) this.#lose();
    this.#surroundings.changed();
  }

  #lose(): void {
    this.#holds = this.#isTaken = false;
    this.#surroundings.lost();
  }
}
