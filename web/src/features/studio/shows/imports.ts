/** The import of a show from its feed on another host. */

import { type Schemas, api, call } from '../../../api/client';
import { ApiError } from '../../../api/errors';

export type ShowImport = Schemas['ShowImport'];

const POLL_MS = 3000;

/** Return whether the server works on an import. */
export function isRunning(found: ShowImport | null): boolean {
  return found?.state === 'reading' || found?.state === 'importing';
}

/** Return the import of the profile, with the items after a position; null if there is none. Throws ApiError. */
export async function findImport(after?: number): Promise<ShowImport | null> {
  try {
    return await call(api.GET('/api/v1/users/me/show-import', { params: { query: after === undefined ? {} : { after } } }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Ask for the progress again and again; returns how to stop. What fails is asked again. */
export function follow(show: (found: ShowImport | null) => void): () => void {
  const timer = setInterval(() => {
    findImport().then(show, () => undefined);
  }, POLL_MS);
  return () => clearInterval(timer);
}
