/** The outline of a waveform, for the player of the site and the one that other sites embed. */

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
