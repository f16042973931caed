/** Plays that could not be reported, in this browser until they are. */

export interface LatePlay {
  trackId: string;
  seconds: number;
  at: string;
}

const KEY = 'veza.late-plays';
const MAX_KEPT = 500;
/** The server takes none that are older. */
const MAX_AGE_MS = 14 * 24 * 60 * 60 * 1000;

/** Keep a play that could not be reported. */
export function keepPlay(trackId: string, seconds: number, now = Date.now()): void {
  putBack([{ trackId, seconds, at: new Date(now).toISOString() }], now);
}

/** Keep plays, beside those that came meanwhile. */
export function putBack(plays: readonly LatePlay[], now = Date.now()): void {
  const all = [...read(), ...plays].filter((each) => now - Date.parse(each.at) < MAX_AGE_MS);
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(-MAX_KEPT)));
  } catch {
    // No room, or no storage in this mode of the browser: they are not counted.
  }
}

/** Return all plays, which are not kept any more: no other tab sends them, too. */
export function takeAll(): LatePlay[] {
  const plays = read();
  localStorage.removeItem(KEY);
  return plays;
}

function read(): LatePlay[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? (found as LatePlay[]) : [];
  } catch {
    return [];
  }
}
