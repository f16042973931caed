/**
 * Plays one live stream in a video element: by the browser's own HLS in Safari, else by hls.js, which
 * is loaded when the first stream is played.
 *
 * It tries again for as long as somebody wants to watch: after a broken connection, and while the
 * encoder is away. Music of the player pauses when a stream starts, and the other way round, in all
 * tabs of the browser.
 */

import type Hls from 'hls.js';
import { pause as pauseMusic, play as playMusic } from '../player/engine.svelte';
import { type Quality, type QualityName, hasSegments, lengthOf, qualitiesIn } from './streams';

export type PlaybackStatus = 'stopped' | 'loading' | 'playing' | 'refused';

const WAIT_MS = 1000;
const MAX_WAIT_MS = 15_000;
const LATENCY_EVERY_MS = 1000;
const HLS_TYPE = 'application/vnd.apple.mpegurl';
// Farther behind the live edge than this is worth a button.
const FAR_BEHIND_S = 12;
// Who goes back by less than this hears the stream as it is sent.
const NEAR_EDGE_S = 30;

/** A playlist with segments, and the address to play from: that of the chosen quality, or of all. */
interface Found {
  playlist: string;
  address: string;
}

/** The playlist of the last minutes of a stream, and how many seconds ago it is played from. */
interface Past {
  url: string;
  seconds: number;
}

export class Playback {
  status = $state<PlaybackStatus>('stopped');
  /** The media was asked for, and is not there yet. */
  isMissing = $state(false);
  hasPicture = $state(false);
  /** Seconds behind the live edge. */
  latency = $state<number | null>(null);
  isBehind = $derived(this.latency !== null && this.latency > FAR_BEHIND_S);
  /** What the stream is offered in, once it is known, and what was chosen of it: null by the speed of the line. */
  qualities = $state.raw<Quality[]>([]);
  quality = $state<QualityName | null>(null);
  /** The browser wants a press of the reader first. */
  needsPress = $state(false);
  readonly #element: HTMLVideoElement;
  readonly #source: string;
  readonly #changed: () => void;
  readonly #channel = new BroadcastChannel('veza.player');
  readonly #timer: ReturnType<typeof setInterval>;
  /** Set while it is played from a moment in the past. */
  #past = $state.raw<Past | null>(null);
  #hls: Hls | null = null;
  #round = 0;
  #failures = 0;

  /** `changed` is called when the stream may have been interrupted or ended. */
  constructor(element: HTMLVideoElement, source: string, changed: () => void) {
    this.#element = element;
    this.#source = source;
    this.#changed = changed;
    this.#channel.onmessage = () => this.stop();
    this.#timer = setInterval(() => this.#measure(), LATENCY_EVERY_MS);
    element.onplaying = () => this.#playing();
    element.onwaiting = () => this.#waiting();
    element.onpause = () => this.#paused();
    element.onended = () => this.#ended();
    element.onresize = () => (this.hasPicture = element.videoWidth > 0);
    element.onerror = () => this.#hls === null && this.#failed();
  }

  /** The time at which the present position was sent by the encoder, estimated. */
  get heardAt(): Date | null {
    if (!this.isOn) return null;
    return this.#hls?.playingDate ?? new Date(Date.now() - (this.latency ?? 0) * 1000);
  }

  get isOn(): boolean {
    return this.status === 'playing' || this.status === 'loading';
  }

  /** Whether the viewer went back, so that the position is behind the live edge. */
  get isBack(): boolean {
    return this.#past !== null;
  }

  /** Play from the live edge. */
  readonly play = (): Promise<void> => this.#begin(null);

  /** Play what was sent so many seconds ago, from the playlist of the last minutes. */
  readonly goBack = (url: string, seconds: number): void => {
    const edge = endOf(this.#element.seekable);
    if (seconds < NEAR_EDGE_S) this.toEdge();
    else if (this.#past && this.isOn && edge !== null) {
      this.#past = { url, seconds };
      this.#element.currentTime = Math.max(this.#element.seekable.start(0), edge - seconds);
    } else void this.#begin({ url, seconds });
  };

  async #begin(past: Past | null): Promise<void> {
    const round = ++this.#round;
    pauseMusic();
    this.#channel.postMessage('playing');
    if (past || this.#past) this.#unload();
    this.#past = past;
    this.status = 'loading';
    this.needsPress = false;
    const found = await this.#waitForMedia(round, past?.url ?? this.#source);
    if (found === null || round !== this.#round) return;
    const { playlist, address } = found;
    if (canPlayNatively(this.#element)) {
      if (past) this.#element.addEventListener('loadedmetadata', () => this.goBack(past.url, past.seconds), { once: true });
      this.#element.src = address;
    } else {
      const start = past ? Math.max(0, lengthOf(playlist) - past.seconds) : null;
      if (!(await this.#attach(round, address, start))) return;
    }
    await this.#start(round);
  }

  /** Stop, and load nothing more. */
  readonly stop = (): void => {
    this.#round++;
    this.#unload();
    if (this.status !== 'refused') this.status = 'stopped';
    this.latency = null;
    this.isMissing = false;
    this.#past = null;
  };

  readonly toggle = (): void => {
    if (this.isOn) this.stop();
    else void this.play();
  };

  /** Play in another quality, from the same moment. */
  readonly choose = (quality: QualityName | null): void => {
    this.quality = quality;
    const seconds = this.#past && Math.round(this.latency ?? this.#past.seconds);
    if (!this.isOn) return;
    const past = this.#past && seconds !== null ? { url: this.#past.url, seconds } : null;
    this.#unload();
    void this.#begin(past);
  };

  /** Go to the newest that can be played without a pause. */
  readonly toEdge = (): void => {
    if (this.#past) {
      void this.play();
      return;
    }
    const edge = this.#hls?.liveSyncPosition ?? endOf(this.#element.seekable);
    if (edge !== null) this.#element.currentTime = edge;
  };

  /** Begin again if nothing has been played since an interruption. */
  resume(): void {
    if (this.status === 'loading') void this.#begin(this.#past);
  }

  destroy(): void {
    this.stop();
    clearInterval(this.#timer);
    this.#channel.close();
  }

  /**
   * Wait until the playlist names a segment, and return it; null if nobody waits any more, or it is
   * refused. There is no waiting for the past: if it is gone, the stream is played as it is sent.
   */
  async #waitForMedia(round: number, wanted: string): Promise<Found | null> {
    for (let attempt = 0; round === this.#round; attempt++) {
      try {
        let address = wanted;
        let response = await fetch(address, { cache: 'no-store' });
        let playlist = response.ok ? await response.text() : '';
        const offered = qualitiesIn(playlist, address, location.origin);
        const first = offered[0];
        if (first && round === this.#round) {
          this.qualities = offered;
          const chosen = offered.find(({ name }) => name === this.quality);
          address = chosen?.url ?? wanted;
          response = await fetch((chosen ?? first).url, { cache: 'no-store' });
          playlist = response.ok ? await response.text() : '';
        }
        if (hasSegments(playlist)) {
          this.isMissing = false;
          return { playlist, address };
        }
        if (response.status === 401 || response.status === 403) {
          this.stop();
          this.status = 'refused';
          return null;
        }
        if (this.#past && round === this.#round) {
          void this.play();
          return null;
        }
        this.isMissing = true;
      } catch {
        // No network: it may come back.
      }
      await sleep(Math.min(MAX_WAIT_MS, WAIT_MS * (1 + attempt / 10)));
    }
    return null;
  }

  async #attach(round: number, address: string, start: number | null): Promise<boolean> {
    let library: typeof Hls;
    try {
      library = (await import('hls.js/light')).default;
    } catch {
      this.#failed();
      return false;
    }
    if (round !== this.#round) return false;
    this.#unload();
    // The policy of the page allows no worker that is made from a text.
    const hls = new library({
      enableWorker: false,
      startPosition: start ?? -1,
      liveSyncDurationCount: 3,
      maxLiveSyncPlaybackRate: start === null ? 1.05 : 1,
      backBufferLength: 20,
    });
    hls.on(library.Events.ERROR, (_, data) => {
      if (data.fatal && hls === this.#hls) this.#recover(hls, data.type === library.ErrorTypes.MEDIA_ERROR);
    });
    hls.on(library.Events.FRAG_BUFFERED, () => (this.#failures = 0));
    hls.loadSource(address);
    hls.attachMedia(this.#element);
    this.#hls = hls;
    return true;
  }

  async #start(round: number): Promise<void> {
    try {
      await this.#element.play();
    } catch (error) {
      if (round !== this.#round || !(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      this.stop();
      this.needsPress = true;
    }
  }

  #recover(hls: Hls, isOfMedia: boolean): void {
    if (isOfMedia && this.#failures === 0) {
      this.#failures++;
      hls.recoverMediaError();
      return;
    }
    this.#failed();
  }

  /** Try again, after a delay that doubles. */
  #failed(): void {
    if (!this.isOn) return;
    const round = ++this.#round;
    this.#unload();
    this.status = 'loading';
    this.#changed();
    const delay = Math.min(MAX_WAIT_MS, WAIT_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    setTimeout(() => {
      if (round === this.#round) void this.#begin(this.#past);
    }, delay);
  }

  #playing(): void {
    this.status = 'playing';
    this.#failures = 0;
    this.hasPicture = this.#element.videoWidth > 0;
    this.#measure();
  }

  #waiting(): void {
    if (this.status !== 'playing') return;
    this.status = 'loading';
    this.#changed();
  }

  // By a key of the keyboard or of headphones, or because another tab plays.
  #paused(): void {
    if (this.status === 'playing' && !this.#element.ended) this.stop();
  }

  #ended(): void {
    this.stop();
    this.#changed();
  }

  #measure(): void {
    if (this.status !== 'playing') return;
    const edge = endOf(this.#element.seekable);
    const latency = this.#hls ? this.#hls.latency : edge === null ? 0 : edge - this.#element.currentTime;
    this.latency = latency > 0 ? latency : null;
  }

  #unload(): void {
    this.#hls?.destroy();
    this.#hls = null;
    if (!this.#element.hasAttribute('src')) return;
    this.#element.pause();
    this.#element.removeAttribute('src');
    this.#element.load();
  }
}

/** Let the keys of headphones control a stream, and show what it is. Returns what ends that. */
export function showInSystem(title: string, artist: string, playback: Playback): () => void {
  if (!('mediaSession' in navigator)) return () => undefined;
  const system = navigator.mediaSession;
  const before = system.metadata;
  system.metadata = new MediaMetadata({ title, artist });
  system.playbackState = 'playing';
  system.setActionHandler('play', () => void playback.play());
  system.setActionHandler('pause', playback.stop);
  return () => {
    system.metadata = before;
    system.playbackState = 'paused';
    system.setActionHandler('play', playMusic);
    system.setActionHandler('pause', pauseMusic);
  };
}

/**
 * Whether the browser plays HLS well by itself. That is Safari, which saves power by it; the HLS of
 * other browsers is young, and they have what hls.js needs.
 */
function canPlayNatively(element: HTMLVideoElement): boolean {
  const isSafari = 'ManagedMediaSource' in globalThis || !('MediaSource' in globalThis);
  return isSafari && element.canPlayType(HLS_TYPE) !== '';
}

function endOf(ranges: TimeRanges): number | null {
  return ranges.length > 0 ? ranges.end(ranges.length - 1) : null;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
