/**
 * The player: two audio elements that live as long as the page, so that the next track is loaded
 * before the current one ends. One tab plays at a time.
 */

import { type Schemas, api, call } from '../api/client';
import { volumeOf } from './loudness';
import { type Playable, type Queue, type Repeat, EMPTY, add, after, before, current, following, move, remove, replace, toggleShuffle } from './queue';
import { Listening } from './plays';
import { loadStored, store } from './stored';

export type Status = 'paused' | 'loading' | 'playing' | 'failed';

// The next track is loaded when so little of the current one is left.
const PRELOAD_S = 20;
// A failed track is followed by the next one.
const SKIP_AFTER_MS = 3000;
// Previous begins the track again after this.
const RESTART_AFTER_S = 3;

const elements = [new Audio(), new Audio()] as const;
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('veza.player') : null;
const restored = loadStored();

export const player = $state<{
  queue: Queue;
  status: Status;
  duration: number;
  /** Seconds, updated about four times a second; `positionNow` is exact. */
  position: number;
  volume: number;
  isMuted: boolean;
  speed: number;
}>({
  queue: restored.queue,
  status: 'paused',
  duration: current(restored.queue)?.track.durationSeconds ?? 0,
  position: restored.position,
  volume: restored.volume,
  isMuted: false,
  speed: 1,
});

let active: HTMLAudioElement = elements[0];
let spare: HTMLAudioElement = elements[1];
let loadedKey: number | null = null;
let preparedKey: number | null = null;
let listening = new Listening(() => undefined);
let startAt = restored.position;
let skipTimer = 0;

for (const element of elements) {
  element.preload = 'auto';
  element.addEventListener('timeupdate', () => onTime(element));
  element.addEventListener('durationchange', () => onTime(element));
  element.addEventListener('playing', () => onPlaying(element));
  element.addEventListener('waiting', () => setStatus(element, 'loading'));
  element.addEventListener('pause', () => onPause(element));
  element.addEventListener('seeking', () => element === active && listening.jump());
  element.addEventListener('ended', () => onEnded(element));
  element.addEventListener('error', () => onError(element));
}
channel?.addEventListener('message', () => pause());
addEventListener('pagehide', save);

/** Return what the player needs of a track of the API. */
export function toPlayable(track: Schemas['Track'] | Schemas['TrackSummary']): Playable {
  return {
    id: track.id,
    title: track.title,
    artist: track.artist.username,
    durationSeconds: track.duration_seconds ?? null,
    hasCover: track.cover_url !== null,
    loudnessLufs: 'loudness_lufs' in track ? (track.loudness_lufs ?? null) : null,
    isPublic: !('visibility' in track) || track.visibility === 'public',
    isLiked: 'liked' in track && track.liked === true,
    palette: track.cover_palette ?? null,
  };
}

/** Return the address of the cover of a track, or null. */
export function coverOf(track: Playable): string | null {
  return track.hasCover ? `/api/v1/tracks/${track.id}/cover` : null;
}

/** Return the exact position in seconds. */
export function positionNow(): number {
  return loadedKey === null ? startAt : active.currentTime;
}

/** Play tracks from one of them on, in place of what was queued. */
export function playTracks(tracks: readonly Playable[], index = 0, position = 0): void {
  player.queue = replace(player.queue, tracks, index);
  begin(position);
}

/** Add tracks after the current one or at the end; begin to play if nothing was queued. */
export function enqueue(tracks: readonly Playable[], where: 'next' | 'end'): void {
  const wasEmpty = player.queue.index < 0;
  player.queue = add(player.queue, tracks, where);
  prepareAgain();
  if (wasEmpty) begin(0);
}

/** Play the entry at a place of the queue. */
export function playAt(index: number): void {
  player.queue = { ...player.queue, index };
  begin(0);
}

export function play(): void {
  const entry = current(player.queue);
  if (!entry) return;
  if (loadedKey !== entry.key) begin(startAt);
  else start(active);
}

export function pause(): void {
  clearTimeout(skipTimer);
  for (const element of elements) element.pause();
  if (player.status !== 'failed') player.status = 'paused';
}

export function toggle(): void {
  if (player.status === 'playing' || player.status === 'loading') pause();
  else play();
}

export function next(): void {
  const index = after(player.queue);
  if (index !== null) playAt(index);
}

/** Play the track before, or the current one from its beginning. */
export function previous(): void {
  const index = before(player.queue);
  if (positionNow() > RESTART_AFTER_S || index === null) seek(0);
  else playAt(index);
}

/** Go to a position in seconds. */
export function seek(position: number): void {
  const end = player.duration || Infinity;
  const wanted = Math.max(0, Math.min(position, end));
  player.position = startAt = wanted;
  if (loadedKey !== null) active.currentTime = wanted;
}

export function setVolume(volume: number): void {
  player.volume = Math.max(0, Math.min(1, volume));
  player.isMuted = false;
  applyVolume();
  save();
}

export function toggleMute(): void {
  player.isMuted = !player.isMuted;
  applyVolume();
}

export function setSpeed(speed: number): void {
  player.speed = speed;
  for (const element of elements) element.playbackRate = speed;
}

export function setRepeat(repeat: Repeat): void {
  player.queue = { ...player.queue, repeat };
  prepareAgain();
}

export function shuffle(): void {
  player.queue = toggleShuffle(player.queue);
  prepareAgain();
}

/** Take an entry out of the queue. If it plays, the one after it plays. */
export function removeEntry(key: number): void {
  const isCurrent = current(player.queue)?.key === key;
  player.queue = remove(player.queue, key);
  if (!isCurrent) prepareAgain();
  else if (player.queue.index < 0) clear();
  else begin(0);
}

export function moveEntry(from: number, to: number): void {
  player.queue = move(player.queue, from, to);
  prepareAgain();
}

/** Stop, and forget everything that is queued. */
export function clear(): void {
  pause();
  player.queue = { ...EMPTY, repeat: player.queue.repeat };
  player.position = player.duration = startAt = 0;
  player.status = 'paused';
  for (const element of elements) unload(element);
  loadedKey = preparedKey = null;
  save();
}

function begin(position: number): void {
  const entry = current(player.queue);
  if (!entry) return;
  clearTimeout(skipTimer);
  if (preparedKey === entry.key && position === 0) swap();
  else {
    unload(spare);
    preparedKey = null;
    active.src = streamOf(entry.track);
  }
  loadedKey = entry.key;
  listening = new Listening((seconds) => report(entry.track.id, seconds));
  player.duration = entry.track.durationSeconds ?? 0;
  player.position = startAt = position;
  if (position > 0) active.currentTime = position;
  start(active);
  save();
}

function swap(): void {
  active.pause();
  [active, spare] = [spare, active];
  preparedKey = null;
  unload(spare);
}

function start(element: HTMLAudioElement): void {
  player.status = 'loading';
  applyVolume();
  element.playbackRate = player.speed;
  channel?.postMessage('playing');
  element.play().catch((error: unknown) => {
    // A later call superseded this one, or the browser wants a click first.
    const name = error instanceof DOMException ? error.name : '';
    if (element === active && name === 'NotAllowedError') player.status = 'paused';
  });
}

function unload(element: HTMLAudioElement): void {
  if (!element.hasAttribute('src')) return;
  element.pause();
  element.removeAttribute('src');
  element.load();
}

/** Load what follows, shortly before it is needed. */
function prepare(): void {
  const index = following(player.queue);
  const entry = index === null ? null : player.queue.entries[index];
  if (!entry || entry.key === loadedKey || entry.key === preparedKey) return;
  preparedKey = entry.key;
  spare.src = streamOf(entry.track);
  spare.load();
}

function prepareAgain(): void {
  const index = following(player.queue);
  const key = index === null ? null : player.queue.entries[index]?.key;
  if (preparedKey !== null && key !== preparedKey) {
    preparedKey = null;
    unload(spare);
  }
  save();
}

function streamOf(track: Playable): string {
  return `/api/v1/tracks/${track.id}/stream`;
}

function applyVolume(): void {
  const track = current(player.queue)?.track;
  for (const element of elements) {
    element.muted = player.isMuted;
    element.volume = volumeOf(player.volume, track?.loudnessLufs ?? null);
  }
}

function onTime(element: HTMLAudioElement): void {
  if (element !== active || loadedKey === null) return;
  if (Number.isFinite(element.duration)) player.duration = element.duration;
  player.position = element.currentTime;
  if (!element.paused) listening.at(element.currentTime, player.duration || null);
  if (player.duration - element.currentTime < PRELOAD_S && !element.paused) prepare();
}

function onPlaying(element: HTMLAudioElement): void {
  setStatus(element, 'playing');
}

function onPause(element: HTMLAudioElement): void {
  if (element !== active || element.ended) return;
  listening.jump();
  setStatus(element, 'paused');
  save();
}

function setStatus(element: HTMLAudioElement, status: Status): void {
  if (element === active) player.status = status;
}

function onEnded(element: HTMLAudioElement): void {
  if (element !== active) return;
  listening.end(player.duration || null);
  const index = following(player.queue);
  if (index === null) {
    player.status = 'paused';
    seek(0);
  } else playAt(index);
}

function onError(element: HTMLAudioElement): void {
  if (element !== active) {
    preparedKey = null;
    return;
  }
  if (loadedKey === null || !element.hasAttribute('src')) return;
  player.status = 'failed';
  if (after(player.queue) !== null && navigator.onLine) skipTimer = window.setTimeout(next, SKIP_AFTER_MS);
}

function report(trackId: string, seconds: number): void {
  const options = { params: { path: { track_id: trackId } }, body: { listened_seconds: seconds } };
  // A play that is not counted must not interrupt anything.
  call(api.POST('/api/v1/tracks/{track_id}/plays', options)).catch(() => undefined);
}

function save(): void {
  store(player.queue, positionNow(), player.volume);
}
