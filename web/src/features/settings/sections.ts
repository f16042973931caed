/** The sections of the settings, in their order. */

import type { IconName } from '../../components/icons';
import type { Key } from '../../i18n/index.svelte';

export interface Section {
  path: string;
  icon: IconName;
  label: Key;
  /** What is found there. */
  text: Key;
  /** Whether visitors who are not signed in have it too. */
  isForAll?: boolean;
  /** Whether only members who may invite others have it. */
  isForInviters?: boolean;
  isDangerous?: boolean;
}

export const SECTIONS: readonly Section[] = [
  { path: '/settings/profile', icon: 'user', label: 'settings.profile', text: 'settings.profile.text' },
  { path: '/settings/profiles', icon: 'mic', label: 'settings.profiles', text: 'settings.profiles.text' },
  { path: '/settings/credits', icon: 'music', label: 'settings.credits', text: 'settings.credits.text' },
  { path: '/settings/security', icon: 'lock', label: 'settings.security', text: 'settings.security.text' },
  { path: '/settings/sessions', icon: 'hard-drive', label: 'settings.sessions', text: 'settings.sessions.text' },
  { path: '/settings/players', icon: 'headphones', label: 'settings.players', text: 'settings.players.text' },
  { path: '/settings/keys', icon: 'database', label: 'settings.keys', text: 'settings.keys.text' },
  { path: '/settings/notifications', icon: 'bell', label: 'settings.notify', text: 'settings.notify.text' },
  { path: '/settings/privacy', icon: 'shield', label: 'settings.privacy', text: 'settings.privacy.text' },
  { path: '/settings/memberships', icon: 'coins', label: 'settings.memberships', text: 'settings.memberships.text' },
  { path: '/settings/people', icon: 'users', label: 'settings.people', text: 'settings.people.text' },
  {
    path: '/settings/invitations',
    icon: 'send-horizontal',
    label: 'settings.invitations',
    text: 'settings.invitations.text',
    isForInviters: true,
  },
  { path: '/settings/look', icon: 'sun-moon', label: 'settings.look', text: 'settings.look.text', isForAll: true },
  { path: '/settings/delete', icon: 'triangle-alert', label: 'settings.delete', text: 'settings.delete.text', isDangerous: true },
];

/** Return the section to which an address belongs. */
export function sectionOf(path: string): Section | null {
  return SECTIONS.find((each) => path === each.path || path.startsWith(`${each.path}/`)) ?? null;
}
