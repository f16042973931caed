/**
 * Uploads of this tab that are not finished: a file that is chosen again after the page was reloaded
 * goes on where it stopped. Kept are the id of the upload, and what tells the file from others: its
 * name, size and date, and what it is for.
 */

import type { Outgoing, Purpose } from './transport';

const STORED = 'veza.uploads';
const MAX_KEPT = 500;

export interface Unfinished {
  print: string;
  id: string;
  purpose: Purpose;
  name: string;
}

/** What is remembered of an upload. */
export interface Trace {
  /** The upload that was begun before, if any. */
  id: string | null;
  keep: (id: string) => void;
  forget: () => void;
}

// Of equal files that are sent at once, only the first is remembered.
let active = $state.raw<readonly string[]>([]);
let kept = $state.raw<readonly Unfinished[]>(read());

/** Return what is remembered of a file that is about to be sent. */
export function trace({ file, purpose, fields }: Outgoing): Trace {
  const print = JSON.stringify([purpose, fields, file.name, file.size, file.lastModified]);
  if (active.includes(print)) return { id: null, keep: () => undefined, forget: () => undefined };
  active = [...active, print];
  return {
    id: kept.find((each) => each.print === print)?.id ?? null,
    keep: (id) => {
      // Forgotten when it was refused, and begun anew.
      if (!active.includes(print)) active = [...active, print];
      write([...others(print), { print, id, purpose, name: file.name }]);
    },
    forget: () => {
      active = active.filter((each) => each !== print);
      write(others(print));
    },
  };
}

/** Return the uploads for a purpose whose files have to be chosen again. */
export function interrupted(purpose: Purpose): Unfinished[] {
  return kept.filter((each) => each.purpose === purpose && !active.includes(each.print));
}

/** Forget an upload that will not go on. */
export function abandon({ print }: Unfinished): void {
  write(others(print));
}

function others(print: string): Unfinished[] {
  return kept.filter((each) => each.print !== print);
}

function write(changed: readonly Unfinished[]): void {
  kept = changed.slice(-MAX_KEPT);
  sessionStorage.setItem(STORED, JSON.stringify(kept));
}

function read(): Unfinished[] {
  return JSON.parse(sessionStorage.getItem(STORED) ?? '[]') as Unfinished[];
}
