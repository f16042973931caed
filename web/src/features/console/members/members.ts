/** Members as admins see them. */

import type { Schemas } from '../../../api/client';
import { choiceOf } from '../address';

export type Member = Schemas['AdminUser'];
export type Role = Member['role'];

export const ROLES: readonly Role[] = ['user', 'creator', 'moderator', 'admin'];
export const MEMBER_STATES = ['active', 'suspended', 'requested'] as const;

interface MemberFilters {
  q?: string;
  role?: Role;
  suspended?: boolean;
  creator_requested?: boolean;
}

/** Return the filters that an address asks for, as the API takes them. */
export function filtersOf(query: URLSearchParams): MemberFilters {
  const words = query.get('q')?.trim();
  const role = ROLES.find((each) => each === query.get('role'));
  const state = choiceOf(query, 'state', ['', ...MEMBER_STATES], '');
  return {
    ...(words ? { q: words } : {}),
    ...(role ? { role } : {}),
    ...(state === 'active' || state === 'suspended' ? { suspended: state === 'suspended' } : {}),
    ...(state === 'requested' ? { creator_requested: true } : {}),
  };
}
