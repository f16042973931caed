/** The uploads of tracks of this tab, which go on whatever page is shown. */

import { holdWhile } from '../../../api/acting.svelte';
import { api, call } from '../../../api/client';
import { session } from '../../../shell/session.svelte';
import { setCover } from '../covers';
import { sendPicture } from '../pictures';
import { TrackUploads } from './trackUploads.svelte';
import { sendResumably } from './tus';

export const uploads = new TrackUploads({
  transport: sendResumably,
  findOwner: () => session.actor?.id ?? null,
  load: (track_id) => call(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } } })),
  describe: (track, change) => call(api.PUT('/api/v1/tracks/{track_id}', { params: { path: { track_id: track.id } }, body: change })),
  cover: async (track, picture) => setCover(track, await sendPicture(picture)),
});

addEventListener('online', uploads.wake);
// They belong to the profile that they were begun as.
holdWhile(() => uploads.items.some((each) => each.isActive));
addEventListener('beforeunload', (event) => {
  if (uploads.items.some((each) => each.isActive)) event.preventDefault();
});
