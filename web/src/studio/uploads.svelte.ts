/** The uploads of this tab, which go on whatever page is shown. */

import { api, call } from '../api/client';
import { session } from '../session.svelte';
import { sendAsForm } from './transport';
import { Uploads } from './uploading.svelte';

export const uploads = new Uploads({
  transport: sendAsForm,
  findOwner: () => session.account?.id ?? null,
  describe: (track, change) => call(api.PUT('/api/v1/tracks/{track_id}', { params: { path: { track_id: track.id } }, body: change })),
});

addEventListener('online', uploads.wake);
addEventListener('beforeunload', (event) => {
  if (uploads.items.some((each) => each.isActive)) event.preventDefault();
});
