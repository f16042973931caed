/** When what is sold can be had. */

/** Return when a release is delivered, if that is still to come: else null. */
export function availableAt(release: { release_date: string | null; publish_at: string | null } | null, now = Date.now()): string | null {
  const dates = [release?.publish_at, release?.release_date].filter((date) => typeof date === 'string' && Date.parse(date) > now);
  return dates.sort((one, other) => Date.parse(one ?? '') - Date.parse(other ?? '')).at(-1) ?? null;
}
