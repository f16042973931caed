/** Likes of tracks: shown at once, taken back if the server refuses. */

import { SvelteMap } from 'svelte/reactivity';
import { api, call } from '../api/client';
import { explain } from '../api/explain';
import { t } from '../i18n/index.svelte';
import { notify } from '../shell/overlays.svelte';
import { navigate } from '../shell/router.svelte';
import { session } from '../shell/session.svelte';

/** What was changed on this page, by track. */
export const likes = new SvelteMap<string, boolean>();

/** Like a track, or take the like back. Signed-out visitors are asked to sign in. */
export async function toggleLike(trackId: string, liked: boolean): Promise<void> {
  if (!session.actor) {
    askToSignIn();
    return;
  }
  likes.set(trackId, liked);
  const path = { params: { path: { track_id: trackId } } };
  try {
    await (liked ? call(api.POST('/api/v1/tracks/{track_id}/like', path)) : call(api.DELETE('/api/v1/tracks/{track_id}/like', path)));
  } catch (error) {
    likes.set(trackId, !liked);
    notify(explain(error));
  }
}

/** Say that this is for members, and offer to sign in. */
export function askToSignIn(): void {
  notify(t('error.signIn'), { label: t('nav.signIn'), run: () => navigate(`/sign-in?next=${encodeURIComponent(location.pathname)}`) });
}
