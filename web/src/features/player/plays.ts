/** Measures how long a track was listened to, and says when that counts as a play. */

/** From this on a play counts; for a shorter track, all of it. See `POST /tracks/{track_id}/plays`. */
const COUNTS_FROM_S = 30;
/** A longer step of the position is a jump of the listener. */
const MAX_STEP_S = 2;

export class Listening {
  #listened = 0;
  #position: number | null = null;
  #isReported = false;
  readonly #report: (seconds: number) => void;

  constructor(report: (seconds: number) => void) {
    this.#report = report;
  }

  /** Take note of the position. Time that was skipped does not count. */
  at(position: number, duration: number | null): void {
    const step = this.#position === null ? 0 : position - this.#position;
    this.#position = position;
    if (step > 0 && step <= MAX_STEP_S) this.#listened += step;
    if (this.#listened >= COUNTS_FROM_S) this.#send(this.#listened);
    else if (duration !== null && duration < COUNTS_FROM_S && this.#listened >= duration - 0.5) this.#send(duration);
  }

  /** The position changes by itself: after a pause, or to another place. */
  jump(): void {
    this.#position = null;
  }

  /** The track has ended: a short one was heard whole. */
  end(duration: number | null): void {
    if (duration !== null && duration < COUNTS_FROM_S && this.#listened >= duration - MAX_STEP_S) this.#send(duration);
  }

  #send(seconds: number): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#report(Math.round(seconds * 10) / 10);
  }
}
