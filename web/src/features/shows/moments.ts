/** What is said or played at a moment of an episode. */

/** Return the place of the last of some things that has begun at a time; -1 before the first. */
export function begunAt(things: readonly { start_seconds: number }[], seconds: number): number {
  return things.findLastIndex((each) => each.start_seconds <= seconds);
}
