import { formatAgo, formatDate } from '../../i18n/format';
import { language, t } from '../../i18n/index.svelte';

/** Return when something was created and last used. */
export function describeUse(made: { created_at: string; last_used_at: string | null }): string {
  const created = t('settings.createdOn', { date: formatDate(made.created_at, language()) });
  const used =
    made.last_used_at === null ? t('settings.never') : t('settings.lastUsed', { when: formatAgo(made.last_used_at, language()) });
  return `${created}, ${used}`;
}

/** Return as whom a credential of a page acts. */
export function describeActor(profileId: string, pages: readonly { id: string; display_name: string }[]): string {
  const name = pages.find((each) => each.id === profileId)?.display_name;
  return name === undefined ? t('settings.keys.formerPage') : t('settings.keys.actsAs', { name });
}
