/** What the pages of commissions share: whose turn it is, and what the steps send. */

import { type Schemas, api, call } from '../../../api/client';
import type { Key } from '../../../i18n/index.svelte';

export type Commission = Schemas['Commission'];
export type Summary = Schemas['CommissionSummary'];
export type Step = Schemas['Step'];
export type Role = Summary['role'];

/** The steps that are taken with words, and whether files can go with them. */
export const WORDED = ['brief', 'deliver', 'revise', 'message', 'ask_to_cancel', 'cancel', 'dispute'] as const;
export type Worded = (typeof WORDED)[number];

export const TONES = {
  brief: 'warn',
  in_progress: 'info',
  delivered: 'warn',
  disputed: 'bad',
  accepted: 'ok',
  cancelled: '',
} as const satisfies Record<Summary['status'], string>;

const PATHS = {
  brief: '/api/v1/commissions/{commission_id}/brief',
  message: '/api/v1/commissions/{commission_id}/messages',
  deliver: '/api/v1/commissions/{commission_id}/deliveries',
  revise: '/api/v1/commissions/{commission_id}/revision',
  dispute: '/api/v1/commissions/{commission_id}/dispute',
} as const;

/** Take a step with words and files. Throws ApiError. */
export async function say(commission_id: string, step: Worded, words: string, file_ids: string[]): Promise<Commission> {
  const params = { path: { commission_id } };
  if (step === 'cancel' || step === 'ask_to_cancel')
    return call(api.POST('/api/v1/commissions/{commission_id}/cancel', { params, body: { words } }));
  return call(api.POST(PATHS[step], { params, body: { words, file_ids } }));
}

/** Return whether files can be sent with a step. */
export function takesFiles(step: Worded): boolean {
  return step !== 'cancel' && step !== 'ask_to_cancel';
}

/** Return the step that is expected of a reader, if any: it is offered first. */
export function expectedOf({ steps }: Pick<Commission, 'steps'>): Worded | 'accept' | 'decide' | null {
  return (['brief', 'deliver', 'accept', 'decide'] as const).find((each) => steps.includes(each)) ?? null;
}

/** Return the sentence that says what a commission waits for, as its reader sees it. */
export function waitingFor({ status, role, is_paused }: Pick<Summary, 'status' | 'role' | 'is_paused'>): Key {
  if (is_paused) return 'commission.waits.paused';
  if (status === 'accepted' || status === 'cancelled' || status === 'disputed') return `commission.waits.${status}`;
  return role === 'seller' ? `commission.waits.${status}.seller` : `commission.waits.${status}.buyer`;
}

/** Return what the day until which a commission waits is called. */
export function dueLabel({ status }: Pick<Summary, 'status'>): Key {
  if (status === 'brief') return 'commission.due.brief';
  return status === 'delivered' ? 'commission.due.delivered' : 'commission.due.in_progress';
}
