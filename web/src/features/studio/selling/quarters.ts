/** Quarters of the tax office. */

/** Return as many quarters as `2026-Q4`, the current one in UTC first. */
export function listQuarters(now: Date, count: number): string[] {
  const current = now.getUTCFullYear() * 4 + Math.floor(now.getUTCMonth() / 3);
  return Array.from({ length: count }, (_, back) => `${Math.floor((current - back) / 4)}-Q${((current - back) % 4) + 1}`);
}
