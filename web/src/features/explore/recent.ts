/** What was lately looked for in this browser. */

const STORED = 'veza.searches';
const MAX_KEPT = 8;

/** Return the latest searches, the newest first. */
export function readRecent(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string').slice(0, MAX_KEPT) : [];
  } catch {
    return [];
  }
}

/** Keep a search as the newest, once. Returns all that are kept. */
export function keepRecent(words: string): string[] {
  return write([words, ...readRecent().filter((each) => each.toLowerCase() !== words.toLowerCase())].slice(0, MAX_KEPT));
}

/** Forget a search, or all. Returns those that are left. */
export function forgetRecent(words?: string): string[] {
  return write(words === undefined ? [] : readRecent().filter((each) => each !== words));
}

function write(kept: string[]): string[] {
  try {
    localStorage.setItem(STORED, JSON.stringify(kept));
  } catch {
    // The storage is full or switched off: nothing is kept then.
  }
  return kept;
}
