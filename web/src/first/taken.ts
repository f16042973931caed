/** The data in the first page, and its removal when the application takes over. */

import type { Schemas } from '../api/client';

interface First {
  tracks: Schemas['Track'][];
  streams: Schemas['Stream'][];
}

let isTaken = false;

/** Return the lists in the page, as anybody may see them; null on other pages. */
export function read(): First | null {
  const text = document.getElementById('first-data')?.textContent;
  return text ? (JSON.parse(text) as First) : null;
}

/** Return the same for the first page that the application shows: a later one asks for what is new. */
export function take(): First | null {
  const found = isTaken ? null : read();
  isTaken = true;
  return found;
}

/** Show the application in place of what the page came with. */
export function takeOver(): void {
  document.getElementById('first')?.remove();
}
