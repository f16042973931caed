import { t } from '../i18n/index.svelte';
import { ApiError } from './errors';

/** Return a sentence for the reader about what went wrong. The server's own words where we have none. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.server');
  if (error.code === 'network') return t('error.network');
  if (error.code === 'under_maintenance') return t('error.maintenance');
  if (error.status === 429) return t('error.rateLimited');
  if (error.status === 401) return t('error.signIn');
  if (error.code === 'role_required') return t('error.forbidden');
  return error.status >= 500 ? t('error.server') : error.message;
}
