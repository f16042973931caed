/** What the system shows of the player: on the lock screen, and for the keys of headphones. */

import { coverOf, isRunning, next, pause, play, player, positionNow, previous, seek } from './engine.svelte';
import { current } from './queue';

const STEP_S = 10;

/** Keep the system informed. Call it once, in the root of an effect. */
export function startMediaSession(): void {
  if (!('mediaSession' in navigator)) return;
  const session = navigator.mediaSession;
  const actions: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play,
    pause,
    nexttrack: next,
    previoustrack: previous,
    seekbackward: (details) => seek(positionNow() - (details.seekOffset ?? STEP_S)),
    seekforward: (details) => seek(positionNow() + (details.seekOffset ?? STEP_S)),
    seekto: (details) => seek(details.seekTime ?? 0),
  };
  for (const [action, handler] of Object.entries(actions)) session.setActionHandler(action as MediaSessionAction, handler);

  $effect(() => {
    const track = current(player.queue)?.track;
    if (!track) {
      session.metadata = null;
      return;
    }
    const cover = coverOf(track);
    const artwork = cover ? [{ src: cover, type: 'image/jpeg' }] : [];
    session.metadata = new MediaMetadata({ title: track.title, artist: track.artistName ?? track.artist, artwork });
  });
  $effect(() => {
    session.playbackState = isRunning() ? 'playing' : 'paused';
  });
  $effect(() => {
    const { duration, position, speed } = player;
    if (duration > 0 && position <= duration) session.setPositionState({ duration, position, playbackRate: speed });
  });
}
