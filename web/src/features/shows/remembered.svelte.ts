/** Episodes go on where they were stopped, on whatever page they are heard. */

import { type Playable, current } from '../player/queue';
import { playTracks, player } from '../player/engine.svelte';
import { keepPosition, positionOf } from './positions';

const EVERY_S = 5;

const episodes = new Set<string>();
let isFollowing = false;

/** Play an episode, from a second or from where it was stopped. */
export function playEpisode(track: Playable, from?: number): void {
  follow(track.id);
  playTracks([track], 0, from ?? positionOf(track.id));
}

/** Keep the positions of a track that is an episode from now on. */
export function follow(trackId: string): void {
  episodes.add(trackId);
  if (isFollowing) return;
  isFollowing = true;
  let kept = { id: '', at: 0 };
  // As long as the player: for the life of the page.
  $effect.root(() => {
    $effect(() => {
      const id = current(player.queue)?.track.id;
      const { position, duration } = player;
      if (id === undefined || !episodes.has(id) || position === 0) return;
      if (kept.id === id && Math.abs(position - kept.at) < EVERY_S) return;
      kept = { id, at: position };
      keepPosition(id, position, duration);
    });
  });
}
