import { formatAgo, formatDate } from '../../i18n/format';
import { language, t } from '../../i18n/index.svelte';

/** Return when something was created and last used. */
export function describeUse(made: { created_at: string; last_used_at: string | null }): string {
  const created = t('settings.createdOn', { date: formatDate(made.created_at, language()) });
  const used =
    made.last_used_at === null ? t('settings.never') : t('settings.lastUsed', { when: formatAgo(made.last_used_at, language()) });
  return `${created}, ${used}`;
}
