/** Rules of rooms: the playback position at a moment, the shared clock, and the correction of drift. */

import type { Schemas } from '../../api/client';

export type State = Schemas['ListeningState'];
export type Entry = Schemas['ListeningEntry'];

/** The state of a room as loaded. */
export type Known = Pick<Schemas['ListeningRoom'], 'state' | 'entries' | 'tracks'>;

// Versions of a room that began again are further apart, as each begins with the time.
const MAX_MISSED = 1000;

/** Return the last entry that is known, after which the new ones are read; 0 for all. */
export function lastKnown(known: Known | null, state: State | null): number {
  if (!known || !state || state.version - known.state.version > MAX_MISSED) return 0;
  return Math.max(0, ...known.entries.map((each) => each.id));
}

/** Return a room that was read after an entry, with what was known of the entries before. */
export function complete<T extends Known>(read: T, known: Known, after: number): T {
  const former = new Map(known.entries.map((each) => [each.id, each]));
  const entries = read.entries.map((each) => (each.id > after ? each : (former.get(each.id) ?? each)));
  const heard = new Set(entries.map((each) => each.track_id));
  const tracks = new Map([...known.tracks, ...read.tracks].map((each) => [each.id, each]));
  return { ...read, entries, tracks: [...tracks.values()].filter((each) => heard.has(each.id)) };
}

/** The playback position: `positionMs` in an entry, of which `leftMs` remains. Null: the queue is at its end. */
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
