/**
 * Two audio elements that take turns, so that one track follows another without a gap.
 *
 * The next track is loaded while the current one plays. Browsers say some milliseconds late that a
 * track has ended, so the next one is started by a timer that ends together with the current track.
 * How long a start takes is measured at each change, on the clock of the audio itself.
 *
 * In a crossfade the next track becomes the current one as it begins, and the one before fades out beside it.
 */

import { gainsAt } from './fade';
import { Lead } from './lead';
import { close, open } from './source';

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
const FADE_STEP_MS = 40;
// If the next track arrives later than this, it follows without a fade.
const MIN_FADE_MS = 400;

/** A crossfade that runs. */
interface Fade {
  from: number;
  ms: number;
  timer: ReturnType<typeof setInterval>;
}

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
  /** For how long the prepared track fades in. */
  #fadeMs = 0;
  #fade: Fade | null = null;
  #volumes = { current: 1, following: 1 };

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
    open(this.#active, url, position);
  }

  /** Start the current track. Rejects as the element does. */
  play(): Promise<void> {
    return this.#active.play();
  }

  pause(): void {
    this.#cancel();
    this.#endFade();
    this.#active.pause();
  }

  seek(position: number): void {
    this.#cancel();
    this.#endFade();
    this.#active.currentTime = position;
  }

  /** Load the track that follows, which fades in for some seconds; 0 is without a gap. */
  prepare(url: string, fadeSeconds = 0): void {
    this.#cancel();
    this.#endFade();
    open(this.#spare, url, 0);
    if (url === this.#spare.getAttribute('src')) this.#spare.load();
    this.#isPrepared = true;
    this.#fadeMs = fadeSeconds * 1000;
  }

  /** Forget the track that follows. */
  discard(): void {
    this.#cancel();
    this.#endFade();
    this.#isPrepared = false;
    close(this.#spare);
  }

  /** Make the prepared track the current one, at its beginning. */
  swap(): void {
    this.#cancel();
    this.#endFade();
    this.#active.pause();
    this.#exchange();
  }

  /** Forget both tracks. */
  clear(): void {
    this.discard();
    close(this.#active);
  }

  /** Set the volume of the current track and of the one that follows, from 0 to 1. */
  setVolumes(current: number, following: number): void {
    this.#volumes = { current, following };
    this.#applyVolumes();
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
    else if (this.#fade) this.#endFade();
    else {
      this.discard();
      this.#listener.onPreparedError();
    }
  }

  /** Set the timer for the start of the prepared track, or set it more exactly. */
  #arm(): void {
    if (!this.#isPrepared || this.#endsAt !== null || this.#active.paused) return;
    const left = this.#leftMs();
    if (left > ARM_S * 1000 + this.#fadeMs) return;
    clearTimeout(this.#timer);
    if (this.#fadeMs > 0 && left > MIN_FADE_MS) {
      this.#timer = setTimeout(() => this.#startFade(), Math.max(0, left - this.#fadeMs));
      return;
    }
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

  /** Begin the prepared track while the current one goes on. One that has not arrived yet follows without a fade. */
  #startFade(): void {
    const ending = this.#active;
    if (ending.paused || ending.seeking || this.#spare.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
    const ms = Math.min(this.#fadeMs, this.#leftMs());
    this.#spare.volume = 0;
    void this.#spare.play().catch(() => undefined);
    [this.#active, this.#spare] = [this.#spare, ending];
    this.#isPrepared = false;
    this.#measuredFrom = null;
    const timer = setInterval(() => this.#stepFade(), FADE_STEP_MS);
    this.#fade = { from: performance.now(), ms, timer };
    this.#volumes = { current: this.#volumes.following, following: this.#volumes.current };
    this.#listener.onHandover();
  }

  #stepFade(): void {
    if (this.#fade && performance.now() - this.#fade.from >= this.#fade.ms) this.#endFade();
    else this.#applyVolumes();
  }

  /** Stop the track that fades out at once. */
  #endFade(): void {
    if (!this.#fade) return;
    clearInterval(this.#fade.timer);
    this.#fade = null;
    close(this.#spare);
    this.#applyVolumes();
  }

  #applyVolumes(): void {
    const [ending, beginning] = this.#fade ? gainsAt((performance.now() - this.#fade.from) / this.#fade.ms) : [1, 1];
    this.#active.volume = this.#volumes.current * beginning;
    this.#spare.volume = this.#fade ? this.#volumes.current * ending : this.#volumes.following;
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
    close(this.#spare);
  }
}
