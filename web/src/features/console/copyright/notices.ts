/** Notices as the console shows them. */

import { t } from '../../../i18n/index.svelte';
import type { Schemas } from '../../../api/client';

export type Notice = Schemas['AdminNotice'];

export const STATUSES = ['pending', 'countered', 'upheld', 'rejected', 'all'] as const;
export const TONES = { unconfirmed: '', pending: 'warn', upheld: 'bad', rejected: '' } as const;

/** Return what a notice is called: who claims the right, and who signed. */
export function nameOf({ rights_holder, signature }: Notice): string {
  return rights_holder === null ? t('notices.emptied') : t('notices.by', { holder: rights_holder, name: signature ?? '' });
}
