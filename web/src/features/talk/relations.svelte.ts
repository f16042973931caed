/** Following, muting and blocking: shown at once, and taken back if the server refuses. */

import { PROFILE_HEADER } from '../../api/acting.svelte';
import { type Schemas, api, call } from '../../api/client';

export type Relation = Schemas['Relation'];
export type Bond = 'following' | 'muted' | 'blocked';

/** Return what connects the signed-in member with another. Throws ApiError. */
export function findRelation(userId: string): Promise<Relation> {
  return call(api.GET('/api/v1/users/{user_id}/relation', { params: { path: { user_id: userId } } }));
}

/** Return a relation after a change: blocking ends following. */
export function relationAfter(relation: Relation, bond: Bond, isOn: boolean): Relation {
  if (bond === 'blocked' && isOn) return { ...relation, blocked: true, following: false, followed_by: false };
  return { ...relation, [bond]: isOn };
}

/** Follow, mute or block, or end it: as a profile of the caller if one is named. Throws ApiError. */
export async function changeRelation(userId: string, bond: Bond, isOn: boolean, as: string | null = null): Promise<void> {
  const path = { params: { path: { user_id: userId } }, ...(as === null ? {} : { headers: { [PROFILE_HEADER]: as } }) };
  if (bond === 'following')
    await call(isOn ? api.POST('/api/v1/users/{user_id}/follow', path) : api.DELETE('/api/v1/users/{user_id}/follow', path));
  else if (bond === 'muted')
    await call(isOn ? api.POST('/api/v1/users/{user_id}/mute', path) : api.DELETE('/api/v1/users/{user_id}/mute', path));
  else await call(isOn ? api.POST('/api/v1/users/{user_id}/block', path) : api.DELETE('/api/v1/users/{user_id}/block', path));
}
