/** What a room plays at a moment, the clock by which it does, and how a listener keeps up with it. */

import type { Schemas } from '../../api/client';

export type State = Schemas['ListeningState'];
export type Entry = Schemas['ListeningEntry'];

/** What plays: `positionMs` of an entry, of which `leftMs` is left. Null: the queue is at its end. */
export interface Playing {
  entry: Entry | null;
  next: Entry | null;
  positionMs: number;
  leftMs: number;
}

/** Return what plays at a moment, as the server computes it. */
export function playingAt(entries: readonly Entry[], state: State, moment: number): Playing {
  let index = entries.findIndex((each) => each.id === state.entry_id);
  let positionMs = state.position_ms + (state.is_playing ? Math.max(0, moment - state.at_ms) : 0);
  for (let entry = entries[index]; entry; entry = entries[++index]) {
    if (!state.is_playing || positionMs < entry.duration_ms) {
      return { entry, next: entries[index + 1] ?? null, positionMs, leftMs: Math.max(0, entry.duration_ms - positionMs) };
    }
    positionMs -= entry.duration_ms;
  }
  return { entry: null, next: null, positionMs: 0, leftMs: 0 };
}

const SPREAD_MS = 300;
const SPREAD_EACH_MS = 5;
const MAX_SPREAD_MS = 30_000;

/** Return in how many ms those who are there read a queue that changed, each at some moment of these. */
export function spreadOver(people: number): number {
  return Math.min(MAX_SPREAD_MS, SPREAD_MS + SPREAD_EACH_MS * people);
}

const SAMPLES = 8;

/** The clock of the server, measured by pings. */
export class RoomClock {
  #samples: { took: number; behind: number }[] = [];

  /** Note what the server's clock showed between two moments of ours. */
  note(sent: number, answered: number, received: number): void {
    const sample = { took: received - sent, behind: answered - (sent + received) / 2 };
    this.#samples = [...this.#samples, sample].slice(-SAMPLES);
  }

  /** By how many ms our clock is behind, by the measurement that took least; null before the first. */
  get behind(): number | null {
    return (
      this.#samples.reduce<{ took: number; behind: number } | null>((best, each) => (best && best.took <= each.took ? best : each), null)
        ?.behind ?? null
    );
  }
}

// A drift that nobody hears.
const CLOSE_MS = 15;
// From here on a listener jumps: at once where nothing was corrected yet.
const JUMP_MS = 2000;
const FIRST_JUMP_MS = 120;
const MAX_CHANGE = 0.03;
// A drift is to be gone after about so long.
const WITHIN_MS = 2500;

export type Correction = { kind: 'jump' } | { kind: 'rate'; rate: number };

/** Return how a listener who is ahead by some ms, or behind if negative, gets back. */
export function correct(driftMs: number, isFresh: boolean): Correction {
  const size = Math.abs(driftMs);
  if (size > (isFresh ? FIRST_JUMP_MS : JUMP_MS)) return { kind: 'jump' };
  if (size <= CLOSE_MS) return { kind: 'rate', rate: 1 };
  const change = Math.max(-MAX_CHANGE, Math.min(MAX_CHANGE, -driftMs / WITHIN_MS));
  return { kind: 'rate', rate: 1 + change };
}
