/** What outlives a reload: queue, position and volume. Only tracks that anybody may see are kept. */

import { EMPTY, type Playable, type Queue, type Repeat, replace } from './queue';

const KEY = 'veza.player';
const MAX_STORED = 200;

interface Stored {
  tracks: Playable[];
  index: number;
  position: number;
  volume: number;
  repeat: Repeat;
}

export interface Restored {
  queue: Queue;
  position: number;
  volume: number;
}

/** Keep the state of the player in this browser. */
export function store(queue: Queue, position: number, volume: number): void {
  const playing = queue.entries[queue.index];
  const from = Math.max(0, Math.min(queue.index - 20, queue.entries.length - MAX_STORED));
  const kept = queue.entries.slice(from, from + MAX_STORED).filter((entry) => entry.track.isPublic);
  const index = kept.findIndex((entry) => entry.key === playing?.key);
  const stored: Stored = {
    tracks: kept.map((entry) => entry.track),
    index,
    position: index < 0 ? 0 : position,
    volume,
    repeat: queue.repeat,
  };
  try {
    localStorage.setItem(KEY, JSON.stringify(stored));
  } catch {
    // No room, or no storage in this mode of the browser: nothing is kept.
  }
}

/** Return what was kept, or an empty queue. */
export function loadStored(): Restored {
  const stored = parse(localStorage.getItem(KEY));
  const queue = replace({ ...EMPTY, repeat: stored?.repeat ?? 'off' }, stored?.tracks ?? [], Math.max(0, stored?.index ?? 0));
  return { queue, position: stored?.position ?? 0, volume: stored?.volume ?? 0.8 };
}

function parse(text: string | null): Stored | null {
  try {
    const stored = JSON.parse(text ?? 'null') as Stored | null;
    return stored && Array.isArray(stored.tracks) && Number.isFinite(stored.position) ? stored : null;
  } catch {
    return null;
  }
}
