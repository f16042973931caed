/** Opens a room in which people listen together: a conversation, and then its music. */

import { type Schemas, api, call } from '../../api/client';

/** Open a room, and return its id. Throws ApiError: then no conversation is left of it. */
export async function openRoom(name: string, isPrivate: boolean, trackIds: string[]): Promise<string> {
  const body: Schemas['ConversationForm'] = { type: 'room', name, is_private: isPrivate };
  const { id } = await call(api.POST('/api/v1/conversations', { body }));
  const params = { path: { conversation_id: id } };
  try {
    const begun = { track_ids: trackIds, ends_conversation: true };
    await call(api.POST('/api/v1/conversations/{conversation_id}/listening', { params, body: begun }));
  } catch (error) {
    // The refusal is what there is to say, also where this fails.
    await call(api.DELETE('/api/v1/conversations/{conversation_id}', { params })).catch(() => undefined);
    throw error;
  }
  return id;
}
