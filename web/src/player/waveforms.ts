/** The peaks of tracks, fetched once each. */

import { api, call } from '../api/client';

const MAX_KEPT = 100;
const kept = new Map<string, Promise<readonly number[]>>();

/** Return the peaks of a track, from 0 to 1; none if there are not any. */
export function loadPeaks(trackId: string): Promise<readonly number[]> {
  let peaks = kept.get(trackId);
  if (!peaks) {
    peaks = call(api.GET('/api/v1/tracks/{track_id}/waveform', { params: { path: { track_id: trackId } } })).then(
      (waveform) => waveform.peaks,
      () => [],
    );
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
    kept.set(trackId, peaks);
  }
  return peaks;
}

/** Return the outline of bars for peaks, in a box of `bars` by 100. A flat line without peaks. */
export function drawBars(peaks: readonly number[], bars: number): string {
  const parts: string[] = [];
  for (let bar = 0; bar < bars; bar++) {
    const [from, to] = [Math.floor((bar * peaks.length) / bars), Math.floor(((bar + 1) * peaks.length) / bars)];
    let peak = 0;
    for (let i = from; i < Math.max(to, from + 1); i++) peak = Math.max(peak, peaks[i] ?? 0);
    const height = Math.max(2, Math.round(peak * 96));
    parts.push(`M${bar + 0.2} ${50 - height / 2}h.6v${height}h-.6z`);
  }
  return parts.join('');
}
