/** The listener's choice about explicit and generated tracks, else that of the site. The server decides alike (`core/visibility`). */

import { session } from '../shell/session.svelte';
import { site } from '../shell/site.svelte';

interface Disclosed {
  isExplicit?: boolean;
  isGenerated?: boolean;
  ownerId?: string;
}

/** Return whether explicit tracks bear their sign. */
export function areMarked(): boolean {
  return (session.account?.explicit ?? site.explicit) !== 'show';
}

/** Return whether a player goes on to a track by itself. */
export function isWanted(track: Disclosed): boolean {
  if (track.ownerId !== undefined && track.ownerId === session.actor?.id) return true;
  const { explicit, ai } = { explicit: session.account?.explicit ?? site.explicit, ai: session.account?.ai ?? site.ai };
  return !(track.isExplicit && explicit === 'hide') && !(track.isGenerated && ai === 'hide');
}
