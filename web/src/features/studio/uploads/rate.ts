/** How fast something goes, evened out over some seconds. */

const WINDOW_MS = 4000;
const MIN_MS = 250;

export class Rate {
  #points: { at: number; bytes: number }[] = [];

  /** Note how many bytes have passed by now. */
  note(bytes: number, now = performance.now()): void {
    if (bytes < (this.#points.at(-1)?.bytes ?? 0)) this.#points = [];
    this.#points.push({ at: now, bytes });
    while (this.#points.length > 2 && now - (this.#points[0]?.at ?? now) > WINDOW_MS) this.#points.shift();
  }

  /** Return the bytes per second, or null as long as it can't be said. */
  get perSecond(): number | null {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (!first || !last || last.at - first.at < MIN_MS || last.bytes === first.bytes) return null;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
