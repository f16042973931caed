/** The playback settings of this browser: quality, crossfade, and radio after the queue. */

export const QUALITIES = ['auto', 'high', 'saver'] as const;
export type Quality = (typeof QUALITIES)[number];

export const MAX_CROSSFADE_S = 12;
const KEY = 'veza.playback';

interface Playback {
  quality: Quality;
  /** Seconds for which one track fades into the next; 0 joins them without a gap. */
  crossfade: number;
  /** True if similar tracks follow when the queue has ended. */
  radio: boolean;
}

export const playback = $state<Playback>(restore());

/** Change how this browser plays, from the next track on. */
export function changePlayback(change: Partial<Playback>): void {
  Object.assign(playback, change);
  try {
    localStorage.setItem(KEY, JSON.stringify(playback));
  } catch {
    // No storage in this mode of the browser: it holds until the page is left.
  }
}

/** True if tracks are played with fewer data: chosen, or because the network or the reader asks for it. */
export function savesData(): boolean {
  if (playback.quality !== 'auto') return playback.quality === 'saver';
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean; effectiveType?: string } };
  return connection?.saveData === true || /2g$/.test(connection?.effectiveType ?? '');
}

function restore(): Playback {
  const stored = parse(localStorage.getItem(KEY));
  const { quality, crossfade, radio } = stored;
  return {
    quality: QUALITIES.find((each) => each === quality) ?? 'auto',
    crossfade: typeof crossfade === 'number' ? Math.max(0, Math.min(MAX_CROSSFADE_S, Math.round(crossfade))) : 0,
    radio: radio !== false,
  };
}

function parse(text: string | null): Partial<Record<keyof Playback, unknown>> {
  try {
    const stored: unknown = JSON.parse(text ?? 'null');
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {};
  }
}
