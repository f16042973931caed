/** The track that plays, in the title of the tab and the media session: lock screen and media keys. */

import { sized } from '../../components/covers';
import { setPlaying } from '../../shell/title.svelte';
import { coverOf, isRunning, next, pause, play, player, positionNow, previous, seek } from './engine.svelte';
import { current } from './queue';

const STEP_S = 10;
/** Of the picture, in pixels: for a lock screen, and for a notice. */
const SIDES = [512, 128];

/** Keep the system informed. Call it once, in the root of an effect. */
export function startMediaSession(): void {
  $effect(() => {
    const track = current(player.queue)?.track;
    setPlaying(track && isRunning() ? `${track.title} – ${track.artistName ?? track.artist}` : null);
  });
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
    const artwork = cover ? SIDES.map((side) => ({ src: sized(cover, side), sizes: `${side}x${side}`, type: 'image/jpeg' })) : [];
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
