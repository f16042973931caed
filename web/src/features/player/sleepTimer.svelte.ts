/** The sleep timer: it fades the music out, and pauses it. */

import { t } from '../../i18n/index.svelte';
import { notify } from '../../shell/overlays.svelte';
import { pause, player, positionNow, setFade, stopAtEnd } from './engine.svelte';
import { after } from './queue';
import { type Sleep, fadeAt, leftMs } from './sleep';

const TICK_MS = 250;

export const sleeping = $state<{ sleep: Sleep; leftMs: number | null }>({ sleep: { kind: 'off' }, leftMs: null });

let timer: ReturnType<typeof setInterval> | undefined;

/** Stop the music after some minutes. */
export function sleepAfter(minutes: number): void {
  begin({ kind: 'time', endsAt: Date.now() + minutes * 60_000 });
}

/** Stop the music at the end of the track or of the queue, even if they are repeated. */
export function sleepAtEnd(kind: 'track' | 'queue'): void {
  begin({ kind });
}

/** Let the music play on. */
export function stayAwake(): void {
  clearInterval(timer);
  sleeping.sleep = { kind: 'off' };
  sleeping.leftMs = null;
  stopAtEnd(null);
  setFade(1);
}

function begin(sleep: Sleep): void {
  stayAwake();
  sleeping.sleep = sleep;
  if (sleep.kind === 'track' || sleep.kind === 'queue') stopAtEnd({ of: sleep.kind, then: end });
  timer = setInterval(tick, TICK_MS);
  tick();
}

function tick(): void {
  const { queue, duration, speed } = player;
  const isLastTrack = after({ ...queue, repeat: 'off' }) === null;
  const leftInTrackMs = duration > 0 ? Math.max(0, ((duration - positionNow()) / speed) * 1000) : Infinity;
  const left = leftMs(sleeping.sleep, Date.now(), { leftInTrackMs, isLastTrack });
  sleeping.leftMs = left;
  setFade(left === null ? 1 : fadeAt(left));
  if (left === 0 && sleeping.sleep.kind === 'time') end();
}

function end(): void {
  pause();
  stayAwake();
  notify(t('player.slept'));
}
