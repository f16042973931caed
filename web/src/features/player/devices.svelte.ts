/** Saves what plays here for the other devices of the member, and offers what they saved. */

import { type Schemas, api, call } from '../../api/client';
import { ApiError } from '../../api/errors';
import { explain } from '../../api/explain';
import { t } from '../../i18n/index.svelte';
import { notify, overlays } from '../../shell/overlays.svelte';
import { session } from '../../shell/session.svelte';
import { subscribe } from '../talk/live.svelte';
import { isRunning, pause, playTracks, player, positionNow, toPlayable } from './engine.svelte';
import { nameDevice } from './deviceName';
import { current } from './queue';
import { SharedQueue } from './shared';

const TICK_MS = 1000;
const ASK_MS = 500;

const device = nameDevice(navigator.userAgent);
const DISMISSED = 'veza.offer';
/** The offer to continue here was dismissed in this tab. */
let isDismissed = sessionStorage.getItem(DISMISSED) !== null;
let asking: ReturnType<typeof setTimeout> | undefined;

const shared = new SharedQueue({
  read() {
    const { entries, index } = player.queue;
    if (index < 0) return null;
    return {
      trackIds: entries.map((entry) => entry.track.id),
      place: { current_index: index, position_ms: Math.round(positionNow() * 1000) },
    };
  },
  saveQueue: (track_ids, place, version) =>
    unlessRefused(call(api.PUT('/api/v1/users/me/library/queue', { body: { track_ids, device, version, ...place } }))),
  savePlace: (place, version) =>
    unlessRefused(call(api.PUT('/api/v1/users/me/library/queue/position', { body: { device, version, ...place } }))),
  lost() {
    if (!isRunning()) return;
    pause();
    notify(t('player.elsewhere'));
  },
  changed: offerSoon,
  now: () => performance.now(),
});

/** Continue here what another device plays, or played. */
export async function continueHere(): Promise<void> {
  overlays.offer = null;
  try {
    const queue = await fetchQueue();
    const tracks = new Map(queue.tracks.map((each) => [each.id, each]));
    const listed = queue.track_ids.flatMap((id, place) => {
      const track = tracks.get(id);
      return track ? [{ track, place }] : [];
    });
    const at = listed.findIndex((each) => each.place >= (queue.current_index ?? 0));
    if (at < 0) return;
    const isSame = listed[at]?.place === queue.current_index;
    playTracks(
      listed.map((each) => toPlayable(each.track)),
      at,
      isSame ? queue.position_ms / 1000 : 0,
    );
  } catch (error) {
    notify(explain(error));
  }
}

/** Do not offer it again. */
export function dismissOffer(): void {
  isDismissed = true;
  sessionStorage.setItem(DISMISSED, '');
  overlays.offer = null;
}

/** Begin to save and to offer. Called once. */
export function startDevices(): void {
  subscribe({
    onReady: offerSoon,
    onFrame(frame) {
      if (frame.type === 'queue') shared.saw(frame.data.version);
    },
    onEnd() {
      clearTimeout(asking);
      shared.forget();
      overlays.offer = null;
      isDismissed = false;
      sessionStorage.removeItem(DISMISSED);
    },
  });
  setInterval(() => {
    if (!session.actor) return;
    if (player.status === 'playing') {
      shared.take();
      overlays.offer = null;
    }
    void shared.tick(isRunning());
  }, TICK_MS);
}

function offerSoon(): void {
  clearTimeout(asking);
  // What is offered already is read anew when it is accepted.
  if (isDismissed || overlays.offer) return;
  asking = setTimeout(() => void offer(), ASK_MS);
}

async function offer(): Promise<void> {
  try {
    const queue = await fetchQueue();
    const wasHeld = shared.holds;
    shared.saw(queue.version);
    const track = queue.tracks.find((each) => each.id === queue.track_ids[queue.current_index ?? -1]);
    const isHere = queue.device === device && current(player.queue)?.track.id === track?.id;
    if (!track || wasHeld || isRunning() || isHere) return;
    overlays.offer = { device: queue.device ?? '', title: track.title };
  } catch {
    // It is offered with the next change.
  }
}

function fetchQueue(): Promise<Schemas['PlayQueue']> {
  return call(api.GET('/api/v1/users/me/library/queue'));
}

async function unlessRefused(saving: Promise<Schemas['QueueState']>): Promise<number | null> {
  try {
    return (await saving).version;
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return null;
    throw error;
  }
}
