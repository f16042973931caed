/**
 * The player, which lives as long as the page. One tab plays at a time. The next track is loaded
 * before the current one ends, and follows it without a gap (see `Deck`).
 */

import { asActing } from '../../api/acting.svelte';
import { type Schemas, api, call, isFresh, keepFresh } from '../../api/client';
import { ApiError } from '../../api/errors';
import { isWanted } from '../../components/choices';
import { writeLine } from '../../components/names';
import { t } from '../../i18n/index.svelte';
import { notify } from '../../shell/overlays.svelte';
import { Deck } from './deck';
import { fadeBetween } from './fade';
import { keepPlay } from './late';
import { volumeOf } from './loudness';
import {
  type Entry,
  type Playable,
  type Queue,
  type Repeat,
  EMPTY,
  add,
  after,
  before,
  current,
  firstWanted,
  following,
  move,
  remove,
  replace,
  toggleShuffle,
} from './queue';
import { playback, savesData } from './playback.svelte';
import { Listening } from './plays';
import { Recovery, type Verdict } from './recovery';
import { addressOf, isReadyFor, kept, prepareFor } from './source';
import { loadStored, store } from './stored';

/** `offline`: the server is out of reach, and the track plays on once it is back. */
export type Status = 'paused' | 'loading' | 'playing' | 'failed' | 'offline';

// The next track is loaded when so little of the current one is left.
const PRELOAD_S = 20;
// A failed track is followed by the next one.
const SKIP_AFTER_MS = 3000;
const REPEATS: readonly Repeat[] = ['off', 'all', 'one'];
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
// Previous begins the track again after this.
const RESTART_AFTER_S = 3;

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

const deck = new Deck({
  onTime,
  onPlaying,
  onWaiting,
  onPause,
  onSeeking: () => listening.jump(),
  onEnded,
  onHandover,
  onError: () => onError(),
  onPreparedError,
});
const recovery = new Recovery({ examine, resume, skip: skipGone, wait: () => (player.status = 'offline'), giveUp });
let loadedKey: number | null = null;
let preparedKey: number | null = null;
/** The entry that could not be prepared: it is not tried again before it is its turn. */
let unpreparedKey: number | null = null;
let listening = new Listening(() => undefined);
let startAt = restored.position;
let skipTimer = 0;
/** Tracks that were skipped since the last one that played. */
let skipped = 0;
/** Where a sleep timer stops the music. */
let ending: { of: 'track' | 'queue'; then: () => void } | null = null;
/** The queue for which more tracks were looked for. */
let extended: Queue['entries'] | null = null;
let extending: Promise<void> | null = null;
/** The share of the volume that is left, as a sleep timer fades out. */
let fade = 1;

channel?.addEventListener('message', () => pause());
addEventListener('pagehide', save);
addEventListener('online', () => recovery.hurry());

/** Return what the player needs of a track of the API. */
export function toPlayable(track: Schemas['Track'] | Schemas['TrackSummary']): Playable {
  return {
    id: track.id,
    title: track.title,
    artist: track.artist.username,
    artistName: writeLine(track.artists),
    durationSeconds: track.duration_seconds ?? null,
    hasCover: track.cover_url !== null,
    loudnessLufs: 'loudness_lufs' in track ? (track.loudness_lufs ?? null) : null,
    isPublic: !('visibility' in track) || track.visibility === 'public',
    isLiked: 'liked' in track && track.liked === true,
    palette: track.cover_palette ?? null,
    hasLyrics: 'has_lyrics' in track ? track.has_lyrics : null,
    isExplicit: track.is_explicit === true,
    isGenerated: track.ai !== 'none',
    ownerId: track.artist.id,
  };
}

const playables = new WeakMap<readonly Schemas['Track'][], readonly Playable[]>();

/** Return what the player needs of a list of tracks, each card of which may play all of it. */
export function toPlayables(tracks: readonly Schemas['Track'][]): readonly Playable[] {
  let found = playables.get(tracks);
  if (!found) playables.set(tracks, (found = tracks.map(toPlayable)));
  return found;
}

/** Return the address of the cover of a track, or null. */
export function coverOf(track: Playable): string | null {
  if (kept.get(track.id)?.hasCover) return `/offline/${track.id}.cover?type=image/jpeg`;
  return track.hasCover ? asActing(`/api/v1/tracks/${track.id}/cover`) : null;
}

/** Return the exact position in seconds. */
export function positionNow(): number {
  return loadedKey === null || player.status === 'offline' ? startAt : deck.position;
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
  if (loadedKey !== entry.key || player.status === 'failed') begin(startAt);
  else start();
}

export function pause(): void {
  clearTimeout(skipTimer);
  recovery.stop();
  deck.pause();
  // What was interrupted is loaded again.
  if (player.status === 'offline') loadedKey = null;
  if (player.status !== 'failed') player.status = 'paused';
}

export function toggle(): void {
  if (isRunning()) pause();
  else play();
}

/** Whether the listener wants to hear something: it plays, or will as soon as it can. */
export function isRunning(): boolean {
  return player.status === 'playing' || player.status === 'loading' || player.status === 'offline';
}

export function next(): void {
  const index = firstWanted(player.queue, after(player.queue), isWanted);
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
  if (loadedKey !== null && player.status !== 'offline') deck.seek(wanted);
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
  deck.setSpeed(speed);
}

export function setRepeat(repeat: Repeat): void {
  player.queue = { ...player.queue, repeat };
  prepareAgain();
}

/** Repeat everything, then one track, then nothing. */
export function changeRepeat(): void {
  setRepeat(REPEATS[(REPEATS.indexOf(player.queue.repeat) + 1) % REPEATS.length] ?? 'off');
}

/** Play by some steps faster, or slower; beyond the fastest comes the slowest. */
export function changeSpeed(steps: number): void {
  const at = SPEEDS.indexOf(player.speed) + steps + SPEEDS.length;
  setSpeed(SPEEDS[at % SPEEDS.length] ?? 1);
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
  deck.clear();
  loadedKey = preparedKey = null;
  save();
}

/** Play softer by a share from 0 to 1, whatever the volume is. */
export function setFade(share: number): void {
  fade = share;
  applyVolume();
}

/** Stop at the end of this track or of the queue, and call a function then; null plays on. */
export function stopAtEnd(chosen: { of: 'track' | 'queue'; then: () => void } | null): void {
  ending = chosen;
  prepareAgain();
}

/** Return the place of what follows by itself; null if the music stops. */
function findFollowing(): number | null {
  if (ending?.of === 'track') return null;
  const queue: Queue = ending ? { ...player.queue, repeat: 'off' } : player.queue;
  const index = following(queue);
  return index === queue.index ? index : firstWanted(queue, index, isWanted);
}

function begin(position: number): void {
  const entry = current(player.queue);
  if (!entry) return;
  clearTimeout(skipTimer);
  recovery.stop();
  recovery.forget();
  if (preparedKey === entry.key && position === 0) deck.swap();
  else load(entry, position);
  startEntry(entry, position);
  start();
}

/** Load an entry, with a session that is still valid: some tracks are only for their owner. */
function load(entry: Entry, position: number): void {
  deck.discard();
  const url = streamOf(entry.track);
  if (isFresh() && isReadyFor(url)) {
    deck.load(url, position);
    return;
  }
  deck.clear();
  void Promise.all([keepFresh(), prepareFor(url)]).then(() => {
    if (loadedKey !== entry.key || !isRunning()) return;
    deck.load(url, startAt);
    start();
  }, onError);
}

/** Note that an entry is the current one from now on. */
function startEntry(entry: Entry, position: number): void {
  loadedKey = entry.key;
  preparedKey = null;
  listening = new Listening((seconds) => reportPlay(entry.track.id, seconds));
  player.duration = entry.track.durationSeconds ?? 0;
  player.position = startAt = position;
  applyVolume();
  save();
}

function start(): void {
  player.status = 'loading';
  applyVolume();
  channel?.postMessage('playing');
  deck.play().catch((error: unknown) => {
    // A later call superseded this one, or the browser wants a click first.
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError') player.status = 'paused';
  });
}

/** Load what follows, shortly before it is needed. */
function prepare(): void {
  const index = findFollowing();
  if (index === null) extend();
  const entry = index === null ? null : player.queue.entries[index];
  if (!entry || entry.key === preparedKey || entry.key === unpreparedKey) return;
  const url = streamOf(entry.track);
  if (!isReadyFor(url)) {
    // What cannot be loaded is found missing when it is its turn.
    void prepareFor(url).catch(() => undefined);
    return;
  }
  preparedKey = entry.key;
  const now = current(player.queue);
  deck.prepare(url, fadeBetween(now && now.track, entry.track, playback.crossfade));
  applyVolume();
}

/** Look for what plays when the queue has ended, once for each queue, if the listener wants that. */
function extend(): void {
  const { queue } = player;
  if (!playback.radio || ending || queue.repeat !== 'off' || extended === queue.entries) return;
  extended = queue.entries;
  extending = import('./radio')
    .then(({ findMore }) => findMore(queue.entries))
    .then((more) => {
      if (more && player.queue.entries === queue.entries) player.queue = add(player.queue, more.tracks, 'end', more.title);
    })
    // Nothing follows, as if nothing were similar.
    .catch(() => undefined)
    .finally(() => {
      extending = null;
      prepareAgain();
    });
}

function prepareAgain(): void {
  const index = findFollowing();
  const key = index === null ? null : player.queue.entries[index]?.key;
  if (preparedKey !== null && key !== preparedKey) {
    preparedKey = null;
    deck.discard();
  }
  unpreparedKey = null;
  save();
}

function streamOf(track: Playable): string {
  return addressOf(track.id, savesData());
}

function applyVolume(): void {
  const index = findFollowing();
  const [now, then] = [current(player.queue), index === null ? null : player.queue.entries[index]];
  const volume = (entry: Entry | null | undefined): number => volumeOf(player.volume, entry?.track.loudnessLufs ?? null) * fade;
  deck.setMuted(player.isMuted);
  deck.setVolumes(volume(now), volume(then));
}

function onTime(): void {
  if (loadedKey === null || player.status === 'offline') return;
  if (Number.isFinite(deck.duration)) player.duration = deck.duration;
  player.position = startAt = deck.position;
  if (deck.isPaused) return;
  listening.at(deck.position, player.duration || null);
  if (player.duration - deck.position < PRELOAD_S + playback.crossfade) prepare();
  if (!isFresh()) void keepFresh();
}

function onPlaying(): void {
  player.status = 'playing';
  skipped = 0;
  recovery.plays();
}

function onWaiting(): void {
  player.status = 'loading';
  recovery.stalled();
}

function onPause(): void {
  listening.jump();
  if (isRunning()) player.status = 'paused';
  save();
}

function onEnded(): void {
  listening.end(player.duration || null);
  const index = findFollowing();
  if (index !== null) {
    playAt(index);
    return;
  }
  extend();
  if (extending) {
    // What follows is on its way.
    const { entries } = player.queue;
    player.status = 'loading';
    void extending.then(() => {
      const isWaiting = player.status === 'loading' && deck.isPaused && player.queue.entries[0] === entries[0];
      if (isWaiting) endOrGoOn();
    });
    return;
  }
  endOrGoOn();
}

/** The last track has ended: go on with what was found meanwhile, or stop. */
function endOrGoOn(): void {
  const index = findFollowing();
  if (index !== null) {
    playAt(index);
    return;
  }
  player.status = 'paused';
  const [stop, then] = [ending, after(player.queue)];
  // What stops by the timer goes on with the next track.
  if (stop && then !== null) {
    player.queue = { ...player.queue, index: then };
    loadedKey = null;
    player.duration = current(player.queue)?.track.durationSeconds ?? 0;
    player.position = startAt = 0;
  } else seek(0);
  stop?.then();
}

function onHandover(): void {
  listening.end(player.duration || null);
  const index = findFollowing();
  const entry = index === null ? null : player.queue.entries[index];
  if (index === null || !entry) return;
  player.queue = { ...player.queue, index };
  recovery.forget();
  startEntry(entry, 0);
}

function onPreparedError(): void {
  unpreparedKey = preparedKey;
  preparedKey = null;
}

function onError(): void {
  if (loadedKey === null || !isRunning()) return;
  player.status = 'loading';
  recovery.failed();
}

/** Find out why the current track cannot be read. */
async function examine(): Promise<Verdict> {
  const track_id = current(player.queue)?.track.id;
  if (track_id === undefined) return 'gone';
  try {
    await call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } } }));
    return 'there';
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    return status === 404 || status === 403 || status === 410 ? 'gone' : 'unreachable';
  }
}

function resume(): void {
  const entry = current(player.queue);
  if (!entry || loadedKey !== entry.key) return;
  player.status = 'loading';
  load(entry, startAt);
  start();
}

function skipGone(): void {
  const gone = current(player.queue);
  if (gone) notify(t('player.gone', { title: gone.track.title }));
  const index = after(player.queue);
  if (index !== null && ++skipped < player.queue.entries.length) playAt(index);
  else {
    player.status = 'failed';
    loadedKey = null;
  }
}

function giveUp(): void {
  player.status = 'failed';
  if (after(player.queue) !== null && ++skipped < player.queue.entries.length) skipTimer = window.setTimeout(next, SKIP_AFTER_MS);
}

/** Report a play to the server. */
export function reportPlay(trackId: string, seconds: number): void {
  const options = { params: { path: { track_id: trackId } }, body: { listened_seconds: seconds } };
  const heardAt = Date.now();
  // A play that is not counted must not interrupt anything; one that does not arrive is reported later.
  call(api.POST('/api/v1/tracks/{track_id}/plays', options)).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 0) keepPlay(trackId, seconds, heardAt);
  });
}

function save(): void {
  store(player.queue, positionNow(), player.volume);
}
