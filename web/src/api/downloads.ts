/** A note in this browser that it has downloads, and the function that deletes them. */

export const FOLDER = 'offline';
/** Set while anything is kept: what manages it is not loaded for others. */
const FLAG = 'veza.offline';

/** Return whether this browser has downloads. */
export function hasDownloads(): boolean {
  return localStorage.getItem(FLAG) !== null;
}

/** Remember that this browser keeps tracks. */
export function noteDownloads(): void {
  localStorage.setItem(FLAG, 'yes');
}

/** Delete all tracks that are kept, when the session begins or ends: they were for one member. */
export async function dropDownloads(): Promise<void> {
  if (!hasDownloads()) return;
  localStorage.removeItem(FLAG);
  dispatchEvent(new Event('veza.dropped'));
  try {
    await (await navigator.storage.getDirectory()).removeEntry(FOLDER, { recursive: true });
  } catch {
    // It is gone already.
  }
}
