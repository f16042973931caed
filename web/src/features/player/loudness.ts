/**
 * Levelling: tracks that are louder than the target are played softer. Softer ones are not
 * amplified, so that nothing clips.
 */

export const TARGET_LUFS = -16;

/** Return by how much a track is changed, in dB: never more than 0. */
export function adjustmentOf(loudnessLufs: number | null): number {
  return loudnessLufs === null ? 0 : Math.min(0, TARGET_LUFS - loudnessLufs);
}

/** Return the volume of an audio element: what the listener chose (0 to 1), levelled. */
export function volumeOf(chosen: number, loudnessLufs: number | null): number {
  // Ears hear a third power about as a straight line.
  return Math.min(1, Math.max(0, chosen ** 3 * 10 ** (adjustmentOf(loudnessLufs) / 20)));
}
