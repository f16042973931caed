/** The order in which tracks are played. Pure: a queue is never changed, only replaced. */

import type { Palette } from '../../components/palette';

export type Repeat = 'off' | 'all' | 'one';

/** What the player needs to know of a track. */
export interface Playable {
  id: string;
  title: string;
  /** The address of the artist, and the name that is shown. */
  artist: string;
  artistName?: string;
  durationSeconds: number | null;
  hasCover: boolean;
  loudnessLufs: number | null;
  /** Whether anybody may see it: others are not kept in the browser. */
  isPublic: boolean;
  /** Whether its listener liked it when it was loaded. */
  isLiked: boolean;
  palette: Palette | null;
  /** Null if it is not known. */
  hasLyrics: boolean | null;
  /** The release with which it was queued: its tracks follow each other without a gap. */
  album?: string;
  isExplicit?: boolean;
  isGenerated?: boolean;
  ownerId?: string;
}

export interface Entry {
  /** Tells entries of the same track apart. */
  key: number;
  track: Playable;
  /** The title of the track to which it is similar, if it was added when the queue ended; else null. */
  station: string | null;
}

export interface Queue {
  entries: readonly Entry[];
  /** The place of the entry that plays; -1 in an empty queue. */
  index: number;
  repeat: Repeat;
  /** The keys in the order before it was shuffled; null if it is not. */
  unshuffled: readonly number[] | null;
}

export const EMPTY: Queue = { entries: [], index: -1, repeat: 'off', unshuffled: null };
/** As many as the server keeps for all devices of a member. */
export const MAX_ENTRIES = 1000;

let lastKey = 0;

function toEntries(tracks: readonly Playable[], station: string | null = null): Entry[] {
  return tracks.map((track) => ({ key: ++lastKey, track, station }));
}

/** Return the entry that plays. */
export function current(queue: Queue): Entry | null {
  return queue.entries[queue.index] ?? null;
}

/** Return a queue of these tracks that plays from `index`. Repeating stays as it was. */
export function replace(queue: Queue, tracks: readonly Playable[], index: number): Queue {
  const from = Math.max(0, Math.min(index, tracks.length - MAX_ENTRIES));
  const kept = tracks.slice(from, from + MAX_ENTRIES);
  return { entries: toEntries(kept), index: kept.length > 0 ? index - from : -1, repeat: queue.repeat, unshuffled: null };
}

/** Return the queue with tracks after the one that plays, or at the end, but before those of a station. */
export function add(queue: Queue, tracks: readonly Playable[], where: 'next' | 'end', station: string | null = null): Queue {
  const added = toEntries(tracks.slice(0, MAX_ENTRIES - queue.entries.length), station);
  const at = where === 'next' ? queue.index + 1 : station === null ? endOfChosen(queue) : queue.entries.length;
  const entries = [...queue.entries.slice(0, at), ...added, ...queue.entries.slice(at)];
  const unshuffled = queue.unshuffled && [...queue.unshuffled, ...added.map((entry) => entry.key)];
  return { ...queue, entries, unshuffled, index: queue.index < 0 && entries.length > 0 ? 0 : queue.index };
}

function endOfChosen(queue: Queue): number {
  const found = queue.entries.findIndex((each, index) => index > queue.index && each.station !== null);
  return found < 0 ? queue.entries.length : found;
}

/** Return the queue without an entry. What plays stays, unless it was that. */
export function remove(queue: Queue, key: number): Queue {
  const at = queue.entries.findIndex((entry) => entry.key === key);
  if (at < 0) return queue;
  const entries = queue.entries.filter((entry) => entry.key !== key);
  const index = at < queue.index ? queue.index - 1 : Math.min(queue.index, entries.length - 1);
  return { ...queue, entries, index };
}

/** Return the queue with an entry at another place. */
export function move(queue: Queue, from: number, to: number): Queue {
  const entries = [...queue.entries];
  const [moved] = entries.splice(from, 1);
  if (!moved || to < 0 || to > entries.length) return queue;
  entries.splice(to, 0, moved);
  const playing = current(queue);
  return { ...queue, entries, index: entries.findIndex((entry) => entry.key === playing?.key) };
}

/** Return the place from `from` on, in the queue's order, of the first track that is wanted; null if there is none. */
export function firstWanted(queue: Queue, from: number | null, isWanted: (track: Playable) => boolean): number | null {
  let place = from;
  for (let seen = 0; place !== null && seen < queue.entries.length; seen++) {
    const entry = queue.entries[place];
    if (entry && isWanted(entry.track)) return place;
    place = after({ ...queue, index: place });
  }
  return null;
}

/** Return the place that follows by itself, when a track has ended; null at the end. */
export function following(queue: Queue): number | null {
  if (queue.index < 0) return null;
  return queue.repeat === 'one' ? queue.index : after(queue);
}

/** Return the place to which the listener skips; null at the end. */
export function after(queue: Queue): number | null {
  if (queue.index + 1 < queue.entries.length) return queue.index + 1;
  return queue.repeat === 'all' && queue.entries.length > 0 ? 0 : null;
}

/** Return the place before; null at the beginning. */
export function before(queue: Queue): number | null {
  if (queue.index > 0) return queue.index - 1;
  return queue.repeat === 'all' && queue.entries.length > 1 ? queue.entries.length - 1 : null;
}

/** Return the queue with what follows in random order, or in its former order. */
export function toggleShuffle(queue: Queue, random: () => number = Math.random): Queue {
  const playing = current(queue);
  if (queue.unshuffled) {
    const places = new Map(queue.unshuffled.map((key, place) => [key, place]));
    const entries = [...queue.entries].sort((a, b) => (places.get(a.key) ?? 0) - (places.get(b.key) ?? 0));
    return { ...queue, entries, unshuffled: null, index: entries.findIndex((entry) => entry.key === playing?.key) };
  }
  const rest = queue.entries.filter((entry) => entry.key !== playing?.key);
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rest[i], rest[j]] = [rest[j] as Entry, rest[i] as Entry];
  }
  const unshuffled = queue.entries.map((entry) => entry.key);
  return { ...queue, entries: playing ? [playing, ...rest] : rest, index: playing ? 0 : -1, unshuffled };
}
