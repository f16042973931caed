/**
 * Keeps chosen releases, playlists and tracks for times without a network: loads them one after the other while
 * the application is open, within the limit of the member, and forgets what they may not hear any more.
 */

import { type Schemas, api, call, hasSession, keepFresh } from '../../api/client';
import { ApiError } from '../../api/errors';
import { hasDownloads, noteDownloads } from '../../api/downloads';
import { sized } from '../../components/covers';
import { coverOf, toPlayable } from '../player/engine.svelte';
import type { Playable } from '../player/queue';
import { kept } from '../player/source';
import { session } from '../../shell/session.svelte';
import { findMissing, sumBytes, tidy, withItem, withoutItem } from './items';
import { sendPlays } from './late';
import { type Index, readIndex, remove, write, writeIndex } from './store';
import { type KeptItem, isSupported } from './supported';

export type Problem = 'limit' | 'space' | 'failed';

export const GIGABYTE = 10 ** 9;
export const LIMITS = [1, 2, 5, 10, 20, 50].map((each) => each * GIGABYTE);
const COVER_PX = 512;
// What was looked up so lately is not looked up again.
const CHECK_MS = 60 * 60 * 1000;
const AGAIN_MS = 30_000;

export const offline = $state<{
  isKnown: boolean;
  index: Index | null;
  /** The track that is being loaded, and how much of it is there, from 0 to 1. */
  loading: { id: string; share: number } | null;
  problem: Problem | null;
}>({ isKnown: false, index: null, loading: null, problem: null });

let running: Promise<void> | null = null;
let checkedAt = 0;
let aborting = new AbortController();

addEventListener('veza.dropped', () => {
  aborting.abort();
  [aborting, offline.index, offline.loading, offline.problem] = [new AbortController(), null, null, null];
  kept.clear();
});
addEventListener('online', () => void goOn());

/** Find out what is kept, and go on with it. Called once. */
async function start(): Promise<void> {
  if (isSupported() && hasDownloads()) offline.index = await readIndex();
  offline.isKnown = true;
  await publish();
  void goOn();
}

/** Announce the downloaded tracks to the player, if the service worker that serves them is active. */
async function publish(): Promise<void> {
  kept.clear();
  if (!offline.index || !(await isWorkerReady())) return;
  for (const [id, { type, hasCover }] of Object.entries(offline.index.files)) kept.set(id, { type, hasCover });
}

/** An older worker does not know of this. */
async function isWorkerReady(): Promise<boolean> {
  if (!navigator.serviceWorker.controller) return false;
  const answer = await fetch('/offline/index.json?type=text/plain').catch(() => null);
  return answer?.headers.get('x-veza-offline') === 'yes';
}

/** Report what was heard, drop what is gone, and load what is missing, as far as there is a network. */
async function goOn(): Promise<void> {
  if (!navigator.onLine || !hasSession()) return;
  await sendPlays();
  if (!offline.index) return;
  if (Date.now() - checkedAt > CHECK_MS) await check();
  load();
}

/** Keep something, and load it. */
export async function keep(item: KeptItem): Promise<void> {
  const accountId = session.account?.id;
  if (accountId === undefined) return;
  noteDownloads();
  // The browser may otherwise delete it when it needs room.
  void navigator.storage.persist?.();
  const index = offline.index ?? { accountId, limit: LIMITS[1] ?? GIGABYTE, items: [], files: {} };
  await store(withItem(index, item));
  offline.problem = null;
  load();
}

/** Forget something, and delete what only it needs. */
export async function forget(id: string): Promise<void> {
  if (!offline.index) return;
  const { index, gone } = withoutItem(offline.index, id);
  if (offline.loading && !findMissing(index).some((each) => each.id === offline.loading?.id)) abort();
  await store(index);
  await deleteFiles(gone);
  offline.problem = null;
  load();
}

/** Choose how many bytes may be kept. What is there stays. */
export async function setLimit(limit: number): Promise<void> {
  if (!offline.index) return;
  await store({ ...offline.index, limit });
  offline.problem = null;
  load();
}

function abort(): void {
  aborting.abort();
  aborting = new AbortController();
}

async function store(index: Index): Promise<void> {
  offline.index = index;
  await writeIndex($state.snapshot(index) as Index);
}

async function deleteFiles(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    kept.delete(id);
    await remove(id);
    await remove(`${id}.cover`);
  }
}

/** Load what is missing, if that is not done already. */
function load(): void {
  running ??= loadAll().finally(() => {
    running = null;
    offline.loading = null;
  });
}

async function loadAll(): Promise<void> {
  const { signal } = aborting;
  for (;;) {
    const [next] = offline.index ? findMissing(offline.index) : [];
    if (!next || !offline.index || !navigator.onLine) return;
    if (sumBytes(offline.index) >= offline.index.limit) {
      offline.problem = 'limit';
      return;
    }
    try {
      if (!(await loadTrack(next, signal))) return;
    } catch (error) {
      if (signal.aborted) return void setTimeout(load, 0);
      if (error instanceof ApiError && [403, 404, 410].includes(error.status)) await forgetTrack(next.id);
      else {
        offline.problem = error instanceof DOMException && error.name === 'QuotaExceededError' ? 'space' : 'failed';
        if (offline.problem === 'failed') setTimeout(load, AGAIN_MS);
        return;
      }
    }
  }
}

/** Load a track; return false if it is more than may be kept. Throws what went wrong. */
async function loadTrack(track: Playable, signal: AbortSignal): Promise<boolean> {
  offline.loading = { id: track.id, share: 0 };
  await keepFresh();
  const response = await fetch(`/api/v1/tracks/${track.id}/stream`, { signal });
  if (!response.ok || !response.body) throw new ApiError({ error: '', code: 'not_loaded', request_id: '' }, response.status);
  const [total, type] = [Number(response.headers.get('content-length')), response.headers.get('content-type') ?? 'audio/mp4'];
  if (offline.index && sumBytes(offline.index) + total > offline.index.limit) {
    await response.body.cancel();
    offline.problem = 'limit';
    return false;
  }
  const size = await write(track.id, response.body, (bytes) => {
    if (total > 0) offline.loading = { id: track.id, share: bytes / total };
  });
  const hasCover = await loadCover(track, signal);
  if (signal.aborted || !offline.index) return false;
  await store({ ...offline.index, files: { ...offline.index.files, [track.id]: { size, type, hasCover } } });
  await publish();
  return true;
}

async function loadCover(track: Playable, signal: AbortSignal): Promise<boolean> {
  const url = track.hasCover ? coverOf(track) : null;
  const response = url === null ? null : await fetch(sized(url, COVER_PX), { signal }).catch(() => null);
  if (!response?.ok || !response.body) return false;
  await write(`${track.id}.cover`, response.body);
  return true;
}

/** Look all up again: what is not there for the member any more is forgotten, what is new is loaded. */
async function check(): Promise<void> {
  checkedAt = Date.now();
  if (offline.index && session.account && offline.index.accountId !== session.account.id) {
    for (const { id } of offline.index.items) await forget(id);
    return;
  }
  for (const item of offline.index?.items ?? []) {
    try {
      const tracks = await listTracks(item);
      if (!offline.index) return;
      const { index, gone } = tidy(withItem(offline.index, { ...$state.snapshot(item), tracks } as KeptItem));
      await store(index);
      await deleteFiles(gone);
    } catch (error) {
      if (!(error instanceof ApiError) || error.isTemporary) return;
      await forget(item.id);
    }
  }
}

async function forgetTrack(id: string): Promise<void> {
  if (!offline.index) return;
  const items = offline.index.items.map((each) => ({ ...each, tracks: each.tracks.filter((track) => track.id !== id) }));
  const { index, gone } = tidy({ ...offline.index, items: items.filter((each) => each.tracks.length > 0) });
  await store(index);
  await deleteFiles(gone);
}

/** Return the present tracks of something. Throws ApiError. */
async function listTracks({ kind, id }: KeptItem): Promise<Playable[]> {
  if (kind === 'track') return [toPlayable(await call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id: id } } })))];
  if (kind === 'release') {
    const { tracks } = await call(api.GET('/api/v1/releases/{release_id}/tracks', { params: { path: { release_id: id } } }));
    return tracks.map(({ track }) => ({ ...toPlayable(track), album: id }));
  }
  const found: Schemas['Track'][] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: 100 } : { limit: 100, cursor };
    const page: Schemas['PlaylistEntryPage'] = await call(
      api.GET('/api/v1/playlists/{playlist_id}/entries', { params: { path: { playlist_id: id }, query } }),
    );
    found.push(...page.entries.flatMap((each) => each.track ?? []));
    cursor = page.next_cursor;
  } while (cursor !== null && found.length < 1000);
  return found.map((each) => toPlayable(each));
}

void start();
