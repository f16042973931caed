/** Members ask to be reminded of a planned stream, and take it back. */

import { api, call } from '../../api/client';
import type { Stream } from './streams';

/** Ask to be reminded, or take it back; return how it is now. Throws ApiError. */
export async function changeReminder(stream: Pick<Stream, 'id'>, isWanted: boolean): Promise<boolean> {
  const params = { path: { stream_id: stream.id } };
  const path = '/api/v1/live/streams/{stream_id}/reminder';
  const answer = await (isWanted ? call(api.POST(path, { params })) : call(api.DELETE(path, { params })));
  return answer.has_reminder;
}

/** Return whether a stream can remind somebody: it is to come, and has a date. */
export function canRemind(stream: Pick<Stream, 'status' | 'starts_at'>): boolean {
  return stream.status === 'draft' && stream.starts_at !== null;
}
