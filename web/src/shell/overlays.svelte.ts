/** What lies over the page: search, queue, help, and short notices. */

import type { Schemas } from '../api/client';
import type { Playable } from '../features/player/queue';

export interface Toast {
  id: number;
  text: string;
  action: { label: string; run: () => void } | null;
}

/** What somebody reports. */
export interface Reported {
  type: Schemas['ReportForm']['content_type'];
  id: string;
  /** The ids of its pictures, if these can be told apart. */
  images?: readonly string[];
}

export const overlays = $state<{
  search: boolean;
  queue: boolean;
  shortcuts: boolean;
  /** The player, over the whole page. */
  player: boolean;
  sleep: boolean;
  /** The dialog of the playback settings. */
  playback: boolean;
  savingQueue: boolean;
  /** The track to comment on, and at which second. */
  comment: { track: Playable; position: number } | null;
  /** What another device plays and could be continued here. */
  offer: { device: string; title: string } | null;
  toasts: Toast[];
  /** What the dialog with a player for other sites shows. */
  embedding: { path: string; title: string } | null;
  adding: readonly Playable[] | null;
  /** The profile that is tipped. */
  tipping: { id: string; display_name: string } | null;
  /** What the dialog reports to the moderators. */
  reporting: Reported | null;
  /** Called with whether the reader has proved who they are. */
  stepUp: ((isProved: boolean) => void) | null;
}>({
  search: false,
  player: false,
  sleep: false,
  playback: false,
  savingQueue: false,
  comment: null,
  offer: null,
  queue: false,
  shortcuts: false,
  toasts: [],
  adding: null,
  tipping: null,
  reporting: null,
  embedding: null,
  stepUp: null,
});

/** Return whether one of the dialogs is open that are loaded together. */
export function hasDialog(): boolean {
  const { shortcuts, sleep, playback, savingQueue, comment, adding, stepUp, reporting, tipping, embedding } = overlays;
  return Boolean(shortcuts || sleep || playback || savingQueue || comment || adding || stepUp || reporting || tipping || embedding);
}

let proving: Promise<boolean> | null = null;

/** Ask the reader to prove who they are, once for all requests that wait. Returns whether they did. */
export function askForProof(): Promise<boolean> {
  proving ??= new Promise<boolean>((resolve) => (overlays.stepUp = resolve)).finally(() => {
    [proving, overlays.stepUp] = [null, null];
  });
  return proving;
}

// Long enough to read it and to reach its button.
const TOAST_MS = 8000;
let lastId = 0;

/** Show a notice, for some seconds unless it stays; an action such as Undo belongs to it. */
export function notify(text: string, action: Toast['action'] = null, { stays = false } = {}): void {
  const toast = { id: ++lastId, text, action };
  overlays.toasts = [...overlays.toasts.slice(-2), toast];
  if (!stays) setTimeout(() => dismiss(toast.id), TOAST_MS);
}

/** Take a notice away. */
export function dismiss(id: number): void {
  overlays.toasts = overlays.toasts.filter((toast) => toast.id !== id);
}
