/** Plays what a room plays, at the same moment as all others: two audio elements, the next one loaded ahead. */

import { close, open } from '../player/source';
import { type Entry, type Playing, correct } from './sync';

const TICK_MS = 250;
const PRELOAD_MS = 20_000;
// What is left of an entry when its end is waited for exactly.
const NEAR_END_MS = 1000;
// Jumps after which a listener is corrected by the rate.
const FRESH = 3;
// A part of what was observed counts for what is expected.
const LEARNED = 0.5;

export interface Surroundings {
  /** The playback state of the room; null until it is loaded. */
  playing(): Playing | null;
  isRunning(): boolean;
  addressOf(trackId: string): string;
  /** The volume of a track, from 0 to 1. */
  volumeOf(trackId: string): number;
  /** So far has a track been played. */
  onHeard(trackId: string, entryId: number, position: number): void;
  /** The browser wants a press first. */
  onRefused(): void;
  make(): HTMLAudioElement;
}

export class Follower {
  readonly #surroundings: Surroundings;
  #active: HTMLAudioElement;
  #spare: HTMLAudioElement;
  #entryId: number | null = null;
  #spareId: number | null = null;
  #fresh = 0;
  /** The latency between `play()` and the sound of a media element. */
  #lateMs = 60;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The drift in ms: positive if this member is ahead of the room. */
  driftMs: number | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    [this.#active, this.#spare] = [surroundings.make(), surroundings.make()];
    for (const each of [this.#active, this.#spare]) {
      each.preload = 'auto';
      each.preservesPitch = true;
    }
  }

  /** Follow from now on. Called by a press, so that the browser allows sound. */
  start(): void {
    this.step();
  }

  stop(): void {
    clearTimeout(this.#timer);
    close(this.#active);
    close(this.#spare);
    this.#entryId = this.#spareId = this.driftMs = null;
  }

  /** Look at what the room plays, and do the same. */
  readonly step = (): void => {
    clearTimeout(this.#timer);
    const playing = this.#surroundings.playing();
    let wait = TICK_MS;
    if (playing) {
      this.#follow(playing);
      if (this.#surroundings.isRunning() && playing.entry && playing.leftMs < NEAR_END_MS) wait = Math.min(wait, playing.leftMs + 1);
    }
    this.#timer = setTimeout(this.step, wait);
  };

  #follow(playing: Playing): void {
    const { entry } = playing;
    const isAudible = this.#surroundings.isRunning() && Boolean(entry?.track_id);
    if (entry && isAudible && entry.id !== this.#entryId) this.#turnTo(entry, playing.positionMs);
    if (!isAudible || !entry) {
      this.driftMs = null;
      // A gap, a pause, or the end.
      if (!this.#active.paused) this.#active.pause();
      if (entry?.id !== this.#entryId) this.#entryId = null;
      this.#fresh = 0;
    } else this.#keepUp(entry, playing);
    this.#prepare(playing);
  }

  #turnTo(entry: Entry, positionMs: number): void {
    const trackId = entry.track_id ?? '';
    const isPrepared = this.#spareId === entry.id;
    this.#active.pause();
    if (isPrepared) {
      [this.#active, this.#spare] = [this.#spare, this.#active];
      close(this.#spare);
      if (positionMs > 1000) this.#active.currentTime = positionMs / 1000;
    } else open(this.#active, this.#surroundings.addressOf(trackId), positionMs / 1000);
    this.#entryId = entry.id;
    this.#spareId = null;
    this.#fresh = 0;
  }

  #keepUp(entry: Entry, { positionMs }: Playing): void {
    const element = this.#active;
    element.volume = this.#surroundings.volumeOf(entry.track_id ?? '');
    if (element.paused) {
      if (element.ended || element.error) return;
      element.playbackRate = 1;
      if (this.#fresh === 0 && element.readyState >= HTMLMediaElement.HAVE_METADATA) this.#jump(positionMs);
      element.play().catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') this.#surroundings.onRefused();
      });
      return;
    }
    if (element.seeking || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA || element.currentTime === 0) return;
    const drift = element.currentTime * 1000 - positionMs;
    this.driftMs = drift;
    const correction = correct(drift, this.#fresh < FRESH);
    if (correction.kind === 'jump') {
      this.#fresh++;
      this.#lateMs = Math.max(0, Math.min(1000, this.#lateMs - drift * LEARNED));
      this.#jump(positionMs);
    } else {
      this.#fresh = FRESH;
      if (element.playbackRate !== correction.rate) element.playbackRate = correction.rate;
    }
    this.#surroundings.onHeard(entry.track_id ?? '', entry.id, element.currentTime);
  }

  #jump(positionMs: number): void {
    this.#active.playbackRate = 1;
    this.#active.currentTime = (positionMs + this.#lateMs) / 1000;
  }

  #prepare({ next, leftMs }: Playing): void {
    if (leftMs > PRELOAD_MS || !next?.track_id || next.id === this.#spareId) return;
    open(this.#spare, this.#surroundings.addressOf(next.track_id), 0);
    this.#spare.load();
    this.#spareId = next.id;
  }
}
