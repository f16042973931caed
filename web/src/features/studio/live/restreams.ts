/** What a server of another platform gets of one's streams, in words. */

import type { Schemas } from '../../../api/client';
import { language, t } from '../../../i18n/index.svelte';
import { formatTime } from '../../../i18n/times';

type RestreamTarget = Schemas['RestreamTarget'];

/** Return the sentences about a target: what it gets, why not, and when it is tried again. */
export function describeRestream({ is_enabled, state, reason, since, retry_at }: RestreamTarget): string {
  if (!is_enabled) return t('onAir.restream.off');
  if (!state) return t('onAir.restream.ready');
  const why = reason ? t(`onAir.restream.reason.${reason}`) : '';
  if (state === 'waiting') {
    const again = retry_at ? t('onAir.restream.again', { time: formatTime(retry_at, language()) }) : '';
    return `${why} ${again}`.trim();
  }
  if (state === 'failed') return `${why} ${t('onAir.restream.gaveUp')}`.trim();
  if (state === 'sending' && since) return t('onAir.restream.sending', { time: formatTime(since, language()) });
  return t(state === 'withheld' ? 'onAir.restream.withheld' : 'onAir.restream.connecting');
}
