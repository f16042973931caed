/** Roles in artists, bands and labels, who gives which, and why the server refuses a change of them. */

import type { Schemas } from '../../../api/client';
import { asApiError } from '../../../api/errors';
import { explain } from '../../../api/explain';
import { type Key, t } from '../../../i18n/index.svelte';

export type Profile = Schemas['OwnProfile'];
export type Role = Schemas['ProfileRole'];

const ROLES: readonly Role[] = ['owner', 'manager', 'editor', 'uploader', 'moderator', 'finance'];
/** Managers give what they may do themselves: neither money nor the profile itself. */
const OF_MANAGERS: readonly Role[] = ['manager', 'editor', 'uploader', 'moderator'];

const REASONS: Readonly<Record<string, Key>> = {
  last_owner: 'profiles.lastOwner',
  too_many_pages: 'profiles.tooMany',
  labels_only: 'placeholder.labelsOnly',
  too_many_placeholders: 'placeholder.tooMany',
  placeholder_page: 'placeholder.members',
  profile_claim_not_found: 'placeholder.gone',
  not_mergeable: 'merge.not',
  money_stays: 'merge.money',
  still_on_air: 'merge.onAir',
  creators_only: 'profiles.creatorsOnly',
  already_profile_member: 'profiles.already',
  profile_invitation_not_found: 'profiles.invitation.gone',
  profile_member_not_found: 'profiles.memberGone',
  too_many_profile_invitations: 'profiles.tooManyInvitations',
  user_not_found: 'profiles.nobody',
  own_transfer: 'profiles.ownTransfer',
  open_balance: 'profiles.openBalance',
  not_a_label: 'roster.notALabel',
  already_on_roster: 'roster.already',
  too_many_on_roster: 'roster.full',
  roster_entry_not_found: 'roster.gone',
};

/** Return the roles that a role gives and takes. */
export function grantable(role: Role): readonly Role[] {
  if (role === 'owner') return ROLES;
  return role === 'manager' ? OF_MANAGERS : [];
}

/** Return the profiles that a page can become a part of: others of its owner, a label only of a label. */
export function heirsOf(page: Profile, profiles: readonly Profile[]): Profile[] {
  return profiles.filter(
    (each) => each.id !== page.id && each.role === 'owner' && !each.placeholder && (each.kind === 'label') === (page.kind === 'label'),
  );
}

/** Return whether everybody but one member lacks the role of an owner. */
export function isOnlyOwner(members: readonly { id: string; role: Role | null }[], id: string): boolean {
  const owners = members.filter((each) => each.role === 'owner');
  return owners.length === 1 && owners[0]?.id === id;
}

/** Return whom to invite: an address has an @ within, a name may have one before it. */
export function inviteeOf(text: string): { username: string } | { email: string } {
  const written = text.trim();
  return written.indexOf('@') > 0 ? { email: written } : { username: written.replace(/^@/, '') };
}

/** Return the invitation that the link of a mail names in its fragment. */
export function invitationOf(hash: string): string | null {
  const id = new URLSearchParams(hash.slice(1)).get('invitation') ?? '';
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : null;
}

/** Return a sentence about why something about a profile was refused. */
export function explainRefusal(error: unknown): string {
  const key = REASONS[asApiError(error).code];
  return key === undefined ? explain(error) : t(key);
}
