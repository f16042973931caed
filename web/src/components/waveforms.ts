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
