/**
 * Two audio elements that take turns, so that one track follows another without a gap.
 *
 * The next track is loaded while the current one plays. Browsers say some milliseconds late that a
 * track has ended, so the next one is started by a timer that ends together with the current track.
 * How long a start takes is measured at each change, on the clock of the audio itself.
 */

import { Lead } from './lead';

export interface DeckListener {
  onTime(): void;
  onPlaying(): void;
  onWaiting(): void;
  onPause(): void;
  onSeeking(): void;
  /** The current track ended, and no other one follows by itself. */
  onEnded(): void;
  /** The current track ended, and the prepared one plays already. */
  onHandover(): void;
  onError(error: MediaError | null): void;
  /** The prepared track cannot be loaded, and was forgotten. */
  onPreparedError(): void;
}

// The timer is set when so little is left: later than this, no `timeupdate` is certain to come.
const ARM_S = 1.5;
// The start is due when it is so near.
const NEAR_MS = 2;

export class Deck {
  readonly #listener: DeckListener;
  readonly #lead = new Lead();
  #active: HTMLAudioElement;
  #spare: HTMLAudioElement;
  #isPrepared = false;
  /** When the current track will have ended, once the prepared one was started before that. */
  #endsAt: number | null = null;
  #measuredFrom: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: DeckListener, make: () => HTMLAudioElement = () => new Audio()) {
    this.#listener = listener;
    this.#active = this.#listen(make());
    this.#spare = this.#listen(make());
  }

  get position(): number {
    return this.#active.currentTime;
  }

  get duration(): number {
    return this.#active.duration;
  }

  get isPaused(): boolean {
    return this.#active.paused;
  }

  /** Seconds that are loaded beyond the position. */
  get ahead(): number {
    const { buffered, currentTime } = this.#active;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  /** Load a track in place of the current one, to be played from a position in seconds. */
  load(url: string, position: number): void {
    this.discard();
    this.#measuredFrom = null;
    this.#active.src = url;
    if (position > 0) this.#active.currentTime = position;
  }

  /** Start the current track. Rejects as the element does. */
  play(): Promise<void> {
    return this.#active.play();
  }

  pause(): void {
    this.#cancel();
    this.#active.pause();
  }

  seek(position: number): void {
    this.#cancel();
    this.#active.currentTime = position;
  }

  /** Load the track that follows. */
  prepare(url: string): void {
    this.#cancel();
    this.#spare.src = url;
    this.#spare.load();
    this.#isPrepared = true;
  }

  /** Forget the track that follows. */
  discard(): void {
    this.#cancel();
    this.#isPrepared = false;
    unload(this.#spare);
  }

  /** Make the prepared track the current one, at its beginning. */
  swap(): void {
    this.#cancel();
    this.#active.pause();
    this.#exchange();
  }

  /** Forget both tracks. */
  clear(): void {
    this.discard();
    unload(this.#active);
  }

  /** Set the volume of the current track and of the one that follows, from 0 to 1. */
  setVolumes(current: number, following: number): void {
    this.#active.volume = current;
    this.#spare.volume = following;
  }

  setMuted(isMuted: boolean): void {
    this.#active.muted = this.#spare.muted = isMuted;
  }

  /** Set the speed; the pitch stays. */
  setSpeed(speed: number): void {
    this.#cancel();
    for (const element of [this.#active, this.#spare]) element.playbackRate = element.defaultPlaybackRate = speed;
  }

  #listen(element: HTMLAudioElement): HTMLAudioElement {
    const whenActive = (name: string, run: () => void): void =>
      element.addEventListener(name, () => {
        if (element === this.#active) run();
      });
    element.preload = 'auto';
    element.preservesPitch = true;
    whenActive('timeupdate', () => this.#onTime());
    whenActive('durationchange', () => this.#listener.onTime());
    whenActive('playing', () => this.#listener.onPlaying());
    whenActive('waiting', () => this.#onWaiting());
    whenActive('pause', () => {
      if (!element.ended) this.#listener.onPause();
    });
    whenActive('seeking', () => this.#listener.onSeeking());
    whenActive('ended', () => this.#onEnded());
    element.addEventListener('error', () => this.#onError(element));
    return element;
  }

  #onTime(): void {
    this.#measure();
    this.#arm();
    this.#listener.onTime();
  }

  #onWaiting(): void {
    this.#cancel();
    this.#listener.onWaiting();
  }

  #onEnded(): void {
    if (this.#endsAt === null) {
      this.#listener.onEnded();
      return;
    }
    this.#measuredFrom = this.#endsAt;
    this.#endsAt = null;
    this.#exchange();
    this.#listener.onHandover();
    if (this.#active.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) this.#listener.onWaiting();
  }

  #onError(element: HTMLAudioElement): void {
    if (!element.hasAttribute('src')) return;
    if (element === this.#active) this.#listener.onError(element.error);
    else {
      this.discard();
      this.#listener.onPreparedError();
    }
  }

  /** Set the timer for the start of the prepared track, or set it more exactly. */
  #arm(): void {
    if (!this.#isPrepared || this.#endsAt !== null || this.#active.paused) return;
    const left = this.#leftMs();
    if (left > ARM_S * 1000) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#startSpare(), left - this.#lead.ms);
  }

  #startSpare(): void {
    const left = this.#leftMs();
    if (this.#active.paused || this.#active.ended || this.#active.seeking) return;
    if (left - this.#lead.ms > NEAR_MS) {
      this.#arm();
      return;
    }
    this.#endsAt = performance.now() + left;
    this.#spare.play().catch(() => {
      this.#endsAt = null;
    });
  }

  #leftMs(): number {
    const { currentTime, duration, playbackRate } = this.#active;
    return Number.isFinite(duration) ? ((duration - currentTime) / playbackRate) * 1000 : Infinity;
  }

  /** Compare when the current track began with when the one before ended. */
  #measure(): void {
    const { currentTime, playbackRate } = this.#active;
    if (this.#measuredFrom === null || currentTime <= 0) return;
    const began = performance.now() - (currentTime / playbackRate) * 1000;
    this.#lead.learn(began - this.#measuredFrom);
    this.#measuredFrom = null;
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    if (this.#endsAt === null) return;
    this.#endsAt = null;
    this.#spare.pause();
    this.#spare.currentTime = 0;
  }

  #exchange(): void {
    [this.#active, this.#spare] = [this.#spare, this.#active];
    this.#isPrepared = false;
    unload(this.#spare);
  }
}

function unload(element: HTMLAudioElement): void {
  if (!element.hasAttribute('src')) return;
  element.pause();
  element.removeAttribute('src');
  element.load();
}
