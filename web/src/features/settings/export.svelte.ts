/** The export of a member's data: requested once, then followed until it is ready. */

import { type Schemas, api, call } from '../../api/client';
import { ApiError } from '../../api/errors';

export type Export = Schemas['Export'];

const POLL_MS = 2000;

/** Return whether an export is still being built. */
export function isRunning(found: Export | null): boolean {
  return found?.status === 'waiting' || found?.status === 'running';
}

/** Return when the next export can be requested, or null if that is now. */
export function nextRequestAt(found: Export | null, now: number): Date | null {
  if (!found || found.status === 'failed') return null;
  const at = Date.parse(found.created_at) + 86_400_000;
  return at > now ? new Date(at) : null;
}

/** Return the newest export, or null if there is none. Throws ApiError. */
export async function findExport(): Promise<Export | null> {
  try {
    return await call(api.GET('/api/v1/users/me/export'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Request an export. Throws ApiError. */
export function requestExport(): Promise<Export> {
  return call(api.POST('/api/v1/users/me/export'));
}

/** Ask for the progress again and again; returns how to stop. What fails is asked again. */
export function follow(show: (found: Export | null) => void): () => void {
  const timer = setInterval(() => {
    findExport().then(show, () => undefined);
  }, POLL_MS);
  return () => clearInterval(timer);
}
