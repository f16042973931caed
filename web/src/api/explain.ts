import { acting } from './acting.svelte';
import { formatClock, formatIn } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';
import { ApiError, type FieldError } from './errors';
import { type State, plannedEnd, stateOf } from './states';

/** Return a sentence for the reader about what went wrong. The server's own words where we have none. */
export function explain(error: unknown): string {
  const text = sentenceOf(stateOf(error), error);
  const id = error instanceof ApiError && error.status >= 500 && error.code !== 'maintenance' ? error.requestId : null;
  return id ? `${text} ${t('error.request', { id })}.` : text;
}

/** Return a sentence for the reader about a field that was refused. The server's own words are English. */
export function explainField(error: FieldError): string {
  if (error.rule) return t(`field.${error.rule}`, { limit: error.limit ?? 0 });
  return language() === 'en' ? error.message : t('field.refused');
}

/** Return the sentence alone, without the id of the request. */
export function sentenceOf(state: State, error: unknown): string {
  const failure = error instanceof ApiError ? error : null;
  if (state === 'offline') return t('error.offline');
  if (state === 'unreachable') return t('error.network');
  if (state === 'limited')
    return failure?.retryAfter ? t('error.limitedFor', { when: formatIn(failure.retryAfter, language()) }) : t('error.rateLimited');
  if (state === 'signedOut') return t('error.signIn');
  if (state === 'deleted') return t('state.deleted.text');
  if (state === 'maintenance') {
    const end = plannedEnd(error);
    return end ? t('error.maintenanceUntil', { time: formatClock(end, language()) }) : t('error.maintenance');
  }
  if (failure?.code === 'email_unverified') return t('error.emailUnverified');
  if (failure?.code === 'last_way_in') return t('error.lastWayIn');
  if (failure?.code === 'accounts_only') return t('error.accountsOnly', { name: acting.profile?.display_name ?? '' });
  if (failure?.code === 'not_your_profile') return t('error.notYourProfile');
  if (failure?.code === 'role_required') return t('error.forbidden');
  if (state === 'broken' || !failure) return t('error.server');
  // What is said of a field is more than that the input is not valid.
  const [first] = failure.details;
  return first ? explainField(first) : failure.message;
}
