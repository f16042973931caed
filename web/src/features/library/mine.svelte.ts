/** The latest playlists of the member, as the sidebar shows them where there is room. */

import { api, call } from '../../api/client';
import type { Playlist } from './playlists';

const LIMIT = 8;

export const mine = $state<{
  playlists: readonly Playlist[];
  /** Whether the sidebar has room for them. */
  areShown: boolean;
}>({ playlists: [], areShown: false });

/** Load them, or load them again after one has changed. What fails is tried again with the next change. */
export async function loadMine(): Promise<void> {
  if (!mine.areShown) return;
  try {
    ({ playlists: mine.playlists } = await call(api.GET('/api/v1/users/me/playlists', { params: { query: { limit: LIMIT } } })));
  } catch {
    // The library lists them, and says what is wrong.
  }
}

/** Forget them, when the session ends. */
export function forgetMine(): void {
  mine.playlists = [];
}
