/**
 * What happens when a track stops arriving: whether the network is away, the track is gone, or the
 * browser just could not read it. Plays on from the same second once that helps.
 */

export type Verdict = 'there' | 'gone' | 'unreachable';

export interface Surroundings {
  /** Ask the server about the current track. Never throws. */
  examine(): Promise<Verdict>;
  /** Load the current track again, from where it stopped. */
  resume(): void;
  /** The track is deleted, or hidden from the listener. */
  skip(): void;
  /** The server is out of reach: what is tried again by itself. */
  wait(): void;
  /** The track is there, but does not play. */
  giveUp(): void;
}

// A track that stalls is looked into after this; short stalls are left to the browser.
const STALL_MS = 3000;
const SLOW_MS = 10_000;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 15_000;
const MAX_TRIES = 3;

export class Recovery {
  readonly #surroundings: Surroundings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;
  #tries = 0;
  #delay = FIRST_DELAY_MS;
  #isWaiting = false;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** The track waits for data. */
  stalled(): void {
    if (!this.#isWaiting) this.#schedule(STALL_MS, () => this.#lookInto(false));
  }

  /** The track cannot be read any further. */
  failed(): void {
    void this.#lookInto(true);
  }

  /** The track plays. */
  plays(): void {
    this.stop();
    this.#delay = FIRST_DELAY_MS;
  }

  /** Another track begins, or this one has played for a while. */
  forget(): void {
    this.#tries = 0;
  }

  /** Nothing more is tried: the listener stopped it. */
  stop(): void {
    this.#round++;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
  }

  /** The network is back: try at once. */
  hurry(): void {
    if (this.#isWaiting) void this.#lookInto(true);
  }

  async #lookInto(hasFailed: boolean): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#round;
    const verdict = await this.#surroundings.examine();
    if (mine !== this.#round) return;
    if (verdict === 'gone') {
      this.stop();
      this.#surroundings.skip();
    } else if (verdict === 'unreachable') {
      this.#isWaiting = true;
      this.#surroundings.wait();
      this.#schedule(this.#delay, () => this.#lookInto(true));
      this.#delay = Math.min(MAX_DELAY_MS, this.#delay * 2);
    } else if (!hasFailed) this.#schedule(SLOW_MS, () => this.#lookInto(false));
    else this.#again();
  }

  #again(): void {
    const wasAway = this.#isWaiting;
    this.#isWaiting = false;
    if (!wasAway && ++this.#tries > MAX_TRIES) this.#surroundings.giveUp();
    else this.#surroundings.resume();
  }

  #schedule(afterMs: number, run: () => Promise<void>): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void run(), afterMs);
  }
}
