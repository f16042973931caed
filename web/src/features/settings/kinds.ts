/** The kinds of notifications that can be switched off, in groups. */

import type { Schemas } from '../../api/client';
import type { Key } from '../../i18n/index.svelte';

export type Kind = keyof Schemas['Preferences'];
export type Channel = keyof Schemas['Channels'];
type Digest = Schemas['ChannelPreferences']['digest'];
type Group = 'people' | 'followed' | 'music' | 'money' | 'account';

// Every kind has a group: the compiler names a new kind that is missing.
const GROUP_OF: Record<Kind, Group> = {
  follow: 'people',
  mention: 'people',
  reply: 'people',
  message: 'people',
  post_like: 'people',
  post_comment: 'people',
  profile_invitation: 'people',
  went_live: 'followed',
  stream_soon: 'followed',
  stream_cancelled: 'followed',
  release_published: 'followed',
  track_published: 'followed',
  track_like: 'music',
  release_like: 'music',
  track_comment: 'music',
  comment_like: 'music',
  track_ready: 'music',
  track_failed: 'music',
  recording_expiring: 'music',
  playlist_invitation: 'music',
  playlist_accepted: 'music',
  credit_request: 'music',
  roster_proposal: 'music',
  profile_claimed: 'music',
  sale: 'money',
  sale_refunded: 'money',
  transfer_completed: 'money',
  transfer_failed: 'money',
  transfer_reversed: 'money',
  refund_made: 'money',
  refund_failed: 'money',
  refund_delayed: 'money',
  preorder_delivered: 'money',
  commission_brief: 'money',
  commission_delivered: 'money',
  commission_message: 'money',
  commission_changed: 'money',
  archive_ready: 'money',
  split_proposal: 'money',
  export_ready: 'account',
  warranty: 'account',
};

/** Where notifications arrive. */
export const CHANNELS: readonly Channel[] = ['app', 'push', 'mail'];
/** How often the summary comes. */
export const DIGESTS: readonly Digest[] = ['daily', 'weekly', 'never'];

/** Return the groups in their order, each with its kinds. */
export function listGroups(): { label: Key; kinds: Kind[] }[] {
  const kinds = Object.keys(GROUP_OF) as Kind[];
  const groups: Group[] = ['people', 'followed', 'music', 'money', 'account'];
  return groups.map((group) => ({ label: `settings.notify.${group}`, kinds: kinds.filter((kind) => GROUP_OF[kind] === group) }));
}

/** Return the label of a kind. */
export function labelOf(kind: Kind): Key {
  return `settings.notify.${kind}`;
}
