/** Crossfades: how long two tracks sound together, and how loud each is meanwhile. Pure. */

import type { Playable } from './queue';

/** Of a short track, at most this share is faded. */
const MAX_SHARE = 1 / 3;

/** Return for how many seconds a track fades into the next: those of one album follow each other without a gap. */
export function fadeBetween(now: Playable | null, then: Playable, wanted: number): number {
  if (now === null || (now.album !== undefined && now.album === then.album)) return 0;
  const shortest = Math.min(now.durationSeconds ?? Infinity, then.durationSeconds ?? Infinity);
  return Math.min(wanted, shortest * MAX_SHARE);
}

/** Return how loud the track that ends and the one that begins are, after a share of the fade: equal in power. */
export function gainsAt(share: number): [ending: number, beginning: number] {
  const angle = (Math.max(0, Math.min(1, share)) * Math.PI) / 2;
  return [Math.cos(angle), Math.sin(angle)];
}
