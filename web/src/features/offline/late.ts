/** Plays that could not be reported: they are sent with their time as soon as there is a network. */

import { api, call, hasSession } from '../../api/client';
import { ApiError } from '../../api/errors';
import { type LatePlay, putBack, takeAll } from '../player/late';

/** Report what was heard without a network. What can't be sent yet is kept. */
export async function sendPlays(): Promise<void> {
  if (!hasSession()) return;
  const plays = takeAll();
  for (const [sent, play] of plays.entries()) {
    if (await send(play)) continue;
    putBack(plays.slice(sent));
    return;
  }
}

/** Report a play; return false if that has to be tried again. */
async function send({ trackId, seconds, at }: LatePlay): Promise<boolean> {
  const options = { params: { path: { track_id: trackId } }, body: { listened_seconds: seconds, played_at: at } };
  try {
    await call(api.POST('/api/v1/tracks/{track_id}/plays', options));
  } catch (error) {
    // What is refused for good, such as of a track that is gone, is not sent again.
    return error instanceof ApiError && !error.isTemporary;
  }
  return true;
}
