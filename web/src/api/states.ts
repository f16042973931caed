/**
 * What an error means for the reader. Decided here for the whole application: pages and components
 * only show the state (`LoadFailed`), or a sentence about it (`explain`).
 */

import { ApiError } from './errors';

export type State =
  | 'offline'
  | 'unreachable'
  | 'maintenance'
  | 'limited'
  | 'signedOut'
  | 'forbidden'
  | 'missing'
  | 'deleted'
  | 'broken'
  /** Anything else that the server refuses: its code says why. */
  | 'refused';

/** What the server says during maintenance if the operator wrote nothing. */
const DEFAULT_MAINTENANCE = 'The server is under maintenance: try again later.';
/** The seconds that the server names if no end of the maintenance is planned. */
const UNPLANNED_S = 60;

const FIRST_DELAY_S = 5;
const MAX_DELAY_S = 60;
const MAX_POLL_S = 30;

/** Return the state that an error means. What is no ApiError is a mistake of ours, or code that did not load. */
export function stateOf(error: unknown, isOnline = navigator.onLine): State {
  if (!(error instanceof ApiError)) return isOnline ? 'broken' : 'offline';
  if (error.status === 0) return isOnline ? 'unreachable' : 'offline';
  if (error.code === 'maintenance') return 'maintenance';
  if (error.status === 429) return 'limited';
  if (error.status === 401) return 'signedOut';
  if (error.status === 403) return 'forbidden';
  if (error.status === 404) return 'missing';
  if (error.status === 410) return 'deleted';
  return error.status >= 500 ? 'broken' : 'refused';
}

/**
 * Return the seconds after which to try again by itself, or null if that can't help.
 *
 * `attempts` is how often it was tried by itself already. Some jitter keeps browsers from returning
 * all at once.
 */
export function delayOf(error: unknown, attempts: number, random = Math.random()): number | null {
  const state = stateOf(error);
  const wait = error instanceof ApiError ? error.retryAfter : null;
  if (state === 'limited') return Math.ceil((wait ?? FIRST_DELAY_S) + random);
  // It may end sooner than planned.
  if (state === 'maintenance') return Math.ceil(Math.min(wait ?? MAX_POLL_S, MAX_POLL_S) * (0.75 + random / 2));
  if (!['offline', 'unreachable', 'broken'].includes(state)) return null;
  return Math.ceil(Math.min(FIRST_DELAY_S * 2 ** attempts, MAX_DELAY_S) * (0.75 + random / 2));
}

/** Return when a maintenance is planned to end, or null if that is not known. */
export function plannedEnd(error: unknown, now = Date.now()): Date | null {
  if (!(error instanceof ApiError) || stateOf(error) !== 'maintenance') return null;
  const { retryAfter } = error;
  return retryAfter !== null && retryAfter > UNPLANNED_S ? new Date(now + retryAfter * 1000) : null;
}

/** Return what the operator wrote about a maintenance, if anything. */
export function maintenanceNote(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.message === DEFAULT_MAINTENANCE) return null;
  return stateOf(error) === 'maintenance' ? error.message : null;
}
