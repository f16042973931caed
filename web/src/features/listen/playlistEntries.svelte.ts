/** The entries of a playlist, as a page shows and changes them. */

import { api, call } from '../../api/client';
import { explain } from '../../api/explain';
import { type Listed, list } from '../../api/load.svelte';
import { notify } from '../../shell/overlays.svelte';
import { type PlaylistEntry, moveEntry, moved, removeEntry } from '../library/playlists';

const LIMIT = 100;

export class PlaylistEntries {
  readonly list: Listed<PlaylistEntry>;
  readonly #id: string;

  constructor(playlist_id: string) {
    this.#id = playlist_id;
    this.list = list(async (cursor) => {
      const query = cursor === undefined ? { limit: LIMIT } : { limit: LIMIT, cursor };
      const page = await call(api.GET('/api/v1/playlists/{playlist_id}/entries', { params: { path: { playlist_id }, query } }));
      return { items: page.entries, next: page.next_cursor };
    });
  }

  readonly move = (from: number, to: number): void => {
    const { items, isComplete } = this.list;
    const entryId = items[from]?.id;
    if (!entryId || from === to || to < 0 || to >= items.length) return;
    const ordered = moved(items, from, to);
    const follower = ordered[to + 1]?.id ?? null;
    // Behind the last one that is loaded there may be others.
    if (follower === null && !isComplete) return;
    void this.#change(ordered, () => moveEntry(this.#id, entryId, follower));
  };

  readonly remove = (index: number): void => {
    const { items } = this.list;
    const entryId = items[index]?.id;
    if (entryId) void this.#change(items.toSpliced(index, 1), () => removeEntry(this.#id, entryId));
  };

  /** Change the list at once, and take the change back if the server refuses it. */
  async #change(items: PlaylistEntry[], send: () => Promise<void>): Promise<void> {
    const before = this.list.items;
    this.list.items = items;
    try {
      await send();
    } catch (error) {
      this.list.items = before;
      notify(explain(error));
    }
  }
}
