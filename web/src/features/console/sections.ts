/** The sections of the console, in groups, in their order. */

import type { Key } from '../../i18n/index.svelte';

export interface Section {
  path: string;
  label: Key;
  /** Whether moderators have it too. */
  isForModerators?: boolean;
  /** Addresses below this belong to it too. */
  below?: string;
}

export interface Group {
  label: Key;
  sections: readonly Section[];
}

export const GROUPS: readonly Group[] = [
  {
    label: 'console.reports',
    sections: [
      { path: '/console', label: 'console.reports', isForModerators: true, below: '/console/history/' },
      { path: '/console/appeals', label: 'console.appeals', isForModerators: true },
      { path: '/console/takedowns', label: 'console.takedowns', isForModerators: true },
      { path: '/console/copyright', label: 'console.copyright', isForModerators: true },
    ],
  },
  {
    label: 'console.members',
    sections: [
      { path: '/console/members', label: 'console.members' },
      { path: '/console/sign-ups', label: 'console.signUps', isForModerators: true },
      { path: '/console/invitations', label: 'console.invitations', isForModerators: true },
      { path: '/console/mail-domains', label: 'console.mailDomains' },
      { path: '/console/erasures', label: 'console.erasures' },
    ],
  },
  {
    label: 'console.moderation',
    sections: [
      { path: '/console/filters', label: 'console.filters' },
      { path: '/console/bulk', label: 'console.bulk', isForModerators: true },
    ],
  },
  {
    label: 'console.site',
    sections: [
      { path: '/console/site', label: 'console.profile' },
      { path: '/console/announcements', label: 'console.announcements' },
      { path: '/console/flags', label: 'console.flags' },
      { path: '/console/maintenance', label: 'console.maintenance' },
    ],
  },
  {
    label: 'console.money',
    sections: [
      { path: '/console/orders', label: 'console.orders' },
      { path: '/console/refunds', label: 'console.refunds' },
      { path: '/console/commissions', label: 'console.commissions' },
      { path: '/console/transfers', label: 'console.transfers' },
      { path: '/console/events', label: 'console.events' },
      { path: '/console/ledger', label: 'console.ledger' },
      { path: '/console/tax-rates', label: 'console.taxRates' },
    ],
  },
  {
    label: 'console.system',
    sections: [
      { path: '/console/health', label: 'console.health' },
      { path: '/console/storage', label: 'console.storage' },
      { path: '/console/backups', label: 'console.backups' },
      { path: '/console/failed-tracks', label: 'console.failedTracks' },
      { path: '/console/held-mails', label: 'console.heldMails' },
      { path: '/console/jobs', label: 'console.jobs' },
      { path: '/console/audit', label: 'console.audit' },
      { path: '/console/settings', label: 'console.settings' },
    ],
  },
];

/** Return the groups that a role has, each with its sections. Others than staff have none. */
export function groupsOf(role: string | undefined): Group[] {
  if (role === 'admin') return [...GROUPS];
  if (role !== 'moderator') return [];
  return GROUPS.map((group) => ({ ...group, sections: group.sections.filter((each) => each.isForModerators) })).filter(
    (group) => group.sections.length > 0,
  );
}

/** Return the section to which an address belongs. */
export function sectionOf(path: string): Section | null {
  const all = GROUPS.flatMap((group) => group.sections);
  return all.find((each) => path === each.path || path.startsWith(each.below ?? `${each.path}/`)) ?? null;
}
