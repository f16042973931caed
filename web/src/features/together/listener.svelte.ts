/** Plays the sound of a room for this member. */

import { untrack } from 'svelte';
import { savesData } from '../player/playback.svelte';
import { pause, player, reportPlay } from '../player/engine.svelte';
import { volumeOf } from '../player/loudness';
import { Listening } from '../player/plays';
import { addressOf, prepareFor } from '../player/source';
import { Follower } from './follower';
import type { TogetherRoom } from './room.svelte';

export class Listener {
  isOn = $state(false);
  /** The browser wants a press before it plays sound. */
  isRefused = $state(false);
  readonly #together: TogetherRoom;
  readonly #follower: Follower;
  #heard: { entryId: number; listening: Listening } | null = null;

  constructor(together: TogetherRoom) {
    this.#together = together;
    this.#follower = new Follower({
      playing: together.playingNow,
      isRunning: () => together.state?.is_playing ?? false,
      addressOf: (trackId) => addressOf(trackId, savesData()),
      volumeOf: (trackId) => {
        const track = together.room?.tracks.find((each) => each.id === trackId);
        return player.isMuted ? 0 : volumeOf(player.volume, track?.loudness_lufs ?? null);
      },
      onHeard: (trackId, entryId, position) => this.#note(trackId, entryId, position),
      onRefused: () => {
        this.stop();
        this.isRefused = true;
      },
      make: () => new Audio(),
    });
  }

  /** Watch for what ends it, while a component is shown. */
  run(): () => void {
    $effect(() => {
      // Music that is started stops listening along.
      if (player.status === 'loading' || player.status === 'playing') untrack(() => this.stop());
    });
    $effect(() => {
      // A change is followed at once.
      void this.#together.state;
      if (this.isOn) untrack(() => this.#follower.step());
      if (this.#together.isOver) untrack(() => this.stop());
    });
    return () => this.stop();
  }

  /** Listen along. Called by a press. */
  start(): void {
    pause();
    this.isRefused = false;
    this.isOn = true;
    void prepareFor(addressOf('', savesData())).then(() => {
      if (this.isOn) this.#follower.start();
    });
  }

  readonly stop = (): void => {
    this.isOn = false;
    this.#follower.stop();
    this.#heard = null;
  };

  #note(trackId: string, entryId: number, position: number): void {
    if (this.#heard?.entryId !== entryId) {
      this.#heard = { entryId, listening: new Listening((seconds) => reportPlay(trackId, seconds)) };
    }
    this.#heard.listening.at(position, null);
  }
}
