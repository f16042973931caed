import { acting } from './acting.svelte';
import { formatClock, formatIn } from '../i18n/format';
import { find, language, loadMessages, t } from '../i18n/index.svelte';
import { ApiError, type FieldError, suspensionReasonOf } from './errors';
import { type State, plannedEnd, stateOf } from './states';

/**
 * Load why the server refuses things, in the language of the reader. They are many, and most visits need none.
 * If they can't be loaded, the sentence of the state counts.
 */
export async function loadRefusals(): Promise<void> {
  await loadMessages('refusals').catch(() => undefined);
}

/** Return a sentence for the reader about what went wrong. */
export function explain(error: unknown): string {
  const text = sentenceOf(stateOf(error), error);
  const id = error instanceof ApiError && error.status >= 500 && error.code !== 'maintenance' ? error.requestId : null;
  return id ? `${text} ${t('error.request', { id })}.` : text;
}

/** Return a sentence for the reader about a refusal, by its code. A text that is shown changes when they are loaded. */
export function explainCode(code: string): string | null {
  const text = find(`refusal.${code}`, { name: acting.profile?.display_name ?? '' });
  if (text === null) void loadRefusals();
  return text;
}

/** Return a sentence for the reader about a field that was refused. The server's own words are English. */
export function explainField(error: FieldError): string {
  const text = error.rule ? sentenceOfRule(error.rule, error.limit ?? 0) : null;
  return text ?? (language() === 'en' ? error.message : t('field.refused'));
}

/** The rules of most fields are with the texts of all pages, the others with the refusals. A test finds one that is missing. */
function sentenceOfRule(rule: string, limit: number): string | null {
  const text = find(`field.${rule}`, { limit }) ?? find(`rule.${rule}`, { limit });
  if (text === null) void loadRefusals();
  return text;
}

/** Return the sentence alone, without the id of the request. */
export function sentenceOf(state: State, error: unknown): string {
  const failure = error instanceof ApiError ? error : null;
  if (state === 'offline') return t('error.offline');
  if (state === 'unreachable') return t('error.network');
  if (state === 'maintenance') {
    const end = plannedEnd(error);
    return end ? t('error.maintenanceUntil', { time: formatClock(end, language()) }) : t('error.maintenance');
  }
  const known = failure && sentenceOfRefusal(failure);
  if (state === 'limited') return sentenceOfLimit(known, failure?.retryAfter ?? null);
  if (known) return known;
  if (state === 'signedOut') return t('error.signIn');
  if (state === 'forbidden') return t('error.forbidden');
  if (state === 'missing') return t('notFound.text');
  if (state === 'deleted') return t('state.deleted.text');
  if (state === 'broken' || !failure) return t('error.server');
  // What is said of a field is more than that the input is not valid.
  const [first] = failure.details;
  return first ? explainField(first) : t('error.refused');
}

function sentenceOfRefusal({ code, message }: ApiError): string | null {
  const text = explainCode(code);
  const reason = code === 'account_suspended' ? suspensionReasonOf(message) : null;
  return text && reason ? `${text} ${t('ended.suspended.reason', { reason })}` : text;
}

function sentenceOfLimit(known: string | null, retryAfter: number | null): string {
  const when = retryAfter === null ? null : formatIn(retryAfter, language());
  if (known) return [known, when && find('refused.again', { when })].filter(Boolean).join(' ');
  return when ? t('error.limitedFor', { when }) : t('error.rateLimited');
}
