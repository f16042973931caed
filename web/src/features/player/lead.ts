/** How long before its first sound a track is started, learned from the changes before. */

const FIRST_MS = 8;
const MAX_MS = 150;
// A change that was further off says nothing about the next one: the page was busy, or the network slow.
const MAX_ERROR_MS = 200;
const SHARE = 0.5;

export class Lead {
  #ms = FIRST_MS;

  get ms(): number {
    return this.#ms;
  }

  /** Note by how many ms a track began too late; negative is too early. */
  learn(lateMs: number): void {
    if (Math.abs(lateMs) > MAX_ERROR_MS) return;
    this.#ms = Math.max(0, Math.min(MAX_MS, this.#ms + lateMs * SHARE));
  }
}
