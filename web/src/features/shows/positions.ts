/** Where somebody stopped listening to an episode, kept in this browser. */

const KEY = 'veza.episodes';
const MAX_KEPT = 200;
/** An episode that is over begins again, as one does that has hardly begun. */
const MARGIN_S = 15;

type Positions = Record<string, number>;

/** Return where an episode goes on, in seconds; 0 for its beginning. */
export function positionOf(trackId: string): number {
  return read()[trackId] ?? 0;
}

/** Keep where an episode was stopped. The one that was heard last is forgotten last. */
export function keepPosition(trackId: string, seconds: number, duration: number): void {
  const entries = Object.entries(read()).filter(([id]) => id !== trackId);
  if (seconds > MARGIN_S && seconds < duration - MARGIN_S) entries.push([trackId, Math.round(seconds)]);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries.slice(-MAX_KEPT))));
  } catch {
    // No room, or no storage in this mode of the browser: nothing is kept.
  }
}

function read(): Positions {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(entries.filter((each): each is [string, number] => Number.isFinite(each[1])));
  } catch {
    return {};
  }
}
