/** When the music stops by itself, and how it fades out before that. */

export type Sleep = { kind: 'off' } | { kind: 'time'; endsAt: number } | { kind: 'track' } | { kind: 'queue' };

/** Before it stops, the music becomes softer for so long. */
export const FADE_MS = 10_000;

/** Return the share of the volume that is left, so many ms before the end. */
export function fadeAt(leftMs: number): number {
  return Math.max(0, Math.min(1, leftMs / FADE_MS));
}

/** What plays, as far as it matters to the timer. */
export interface Progress {
  leftInTrackMs: number;
  isLastTrack: boolean;
}

/** Return the ms until the music stops; null if it does not, as far as is known. */
export function leftMs(sleep: Sleep, now: number, progress: Progress): number | null {
  if (sleep.kind === 'time') return Math.max(0, sleep.endsAt - now);
  if (sleep.kind === 'track' || (sleep.kind === 'queue' && progress.isLastTrack)) return progress.leftInTrackMs;
  return null;
}
