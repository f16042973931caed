/** Choosing as which profile the member acts, and coming back to oneself when that ends. */

import { PROFILE_HEADER, type Acting, actAs, acting, isHeld } from '../api/acting.svelte';
import { api, call, whenRoleRefused } from '../api/client';
import { ApiError } from '../api/errors';
import { t } from '../i18n/index.svelte';
import { notify } from './overlays.svelte';
import { session } from './session.svelte';
import { hasTyped } from './typed';

let verifying: Promise<void> | null = null;

/** End acting as a profile with the session, or when its role has ended. Called once, by the application. */
export function startActing(): void {
  whenRoleRefused(() => void verifyRole());
  $effect(() => {
    if (session.isKnown && acting.profile && acting.profile.accountId !== session.account?.id) actAs(null);
  });
}

/** Act as a profile, or as oneself. What somebody has typed stays; other pages are loaded again. Returns whether it was done. */
export function choose(profile: Omit<Acting, 'accountId'> | null): boolean {
  const accountId = session.account?.id;
  if (accountId === undefined) return false;
  if (isHeld()) {
    notify(t('acting.held', { name: session.actor?.display_name ?? '' }));
    return false;
  }
  const chosen = profile && pick(profile, accountId);
  actAs(chosen, { again: !hasTyped() });
  notify(chosen ? t('acting.begun', { name: chosen.display_name }) : t('acting.oneself'));
  return true;
}

/** Ask whether the member still has a role in the profile, after it was refused. If not, they act as themselves. */
export function verifyRole(): Promise<void> {
  verifying ??= endWithoutRole().finally(() => (verifying = null));
  return verifying;
}

async function endWithoutRole(): Promise<void> {
  const before = acting.profile;
  if (!before) return;
  try {
    await call(api.GET('/api/v1/users/me', { headers: { [PROFILE_HEADER]: before.id } }));
  } catch (error) {
    // What can't be known now shows with the next refusal.
    if (!(error instanceof ApiError) || error.code !== 'not_your_profile' || acting.profile?.id !== before.id) return;
    actAs(null);
    notify(t('acting.ended', { name: before.display_name }));
  }
}

/** Only what is shown is kept in the tab. */
function pick({ id, handle, display_name, avatar_url }: Omit<Acting, 'accountId'>, accountId: string): Acting {
  return { accountId, id, handle, display_name, avatar_url };
}
