/** Lyrics that are not saved yet: they outlive a reload of the tab, and end with it. */

import type { Line } from './timing';

const KEY = 'veza.lyrics.';

/** Keep what was written about a track; null forgets it. */
export function keepDraft(trackId: string, lines: readonly Line[] | null): void {
  try {
    if (lines === null) sessionStorage.removeItem(KEY + trackId);
    else sessionStorage.setItem(KEY + trackId, JSON.stringify(lines));
  } catch {
    // No room, or no storage in this mode of the browser: it is there until the page is left.
  }
}

/** Return what was kept about a track. */
export function findDraft(trackId: string): Line[] | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY + trackId) ?? 'null') as Line[] | null;
    return Array.isArray(found) && found.every((each) => typeof each.text === 'string') ? found : null;
  } catch {
    return null;
  }
}
