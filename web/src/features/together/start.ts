/** The tracks with which a new room begins. */

import { navigate } from '../../shell/router.svelte';
import type { Playable } from '../player/queue';

export const MAX_ADDED = 50;

let chosen: readonly Playable[] = [];

/** Open the page on which a room is begun with these tracks. */
export function startTogether(tracks: readonly Playable[]): void {
  chosen = tracks.slice(0, MAX_ADDED);
  navigate('/rooms/new');
}

/** Return the tracks that were chosen. */
export function chosenTracks(): readonly Playable[] {
  return chosen;
}
