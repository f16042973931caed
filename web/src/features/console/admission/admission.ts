/** Who may join: modes of sign-up, invitations, and rules for domains of addresses. */

import type { Schemas } from '../../../api/client';

export type SignUpMode = Schemas['SignUpPolicy']['mode'];
export type MailRule = Schemas['MailDomain']['rule'];

export const SIGN_UP_MODES: readonly SignUpMode[] = ['open', 'approval', 'invitation', 'closed'];
export const MAIL_RULES: readonly MailRule[] = ['block', 'allow'];
/** How many invited members the API shows of one inviter. */
export const MOST_INVITED = 100;
export const INVITATION_TONES = { open: 'ok', used: '', expired: 'warn' } as const;

/** Return whether an invitation can be used, and if not, why. */
export function stateOfInvitation(
  invitation: Pick<Schemas['Invitation'], 'uses' | 'max_uses' | 'expires_at'>,
  now = Date.now(),
): keyof typeof INVITATION_TONES {
  if (invitation.uses >= invitation.max_uses) return 'used';
  return Date.parse(invitation.expires_at) > now ? 'open' : 'expired';
}

/** Return the domains that somebody has typed, or pasted from a list: by lines, spaces, commas or semicolons. */
export function domainsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((each) => each !== ''))];
}

/** Return the place of the domain that a problem is about, by its field: `domains[3]`. */
export function placeOfDomain(field: string): number | null {
  const found = /^domains\[(\d+)\]/.exec(field);
  return found ? Number(found[1]) : null;
}
