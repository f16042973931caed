/** The words for figures of moderation. What the server counts besides is shown by its own name. */

import { language, t } from '../../i18n/index.svelte';

export const MEASURES = ['reports', 'filters', 'decisions', 'sanctions', 'appeals'] as const;

const TYPES = ['track', 'release', 'playlist', 'product', 'post', 'comment', 'message', 'user', 'stream', 'image', 'other'] as const;
const DECISIONS = ['resolve', 'dismiss', 'warn', 'ban'] as const;
const OUTCOMES = ['pending', 'upheld', 'reversed'] as const;
const MEDIANS = ['reports', 'appeals'] as const;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** Return the name of a key of a measure. */
export function nameOf(measure: (typeof MEASURES)[number] | 'medians', key: string): string {
  if (measure === 'medians') {
    const known = MEDIANS.find((each) => each === key);
    return known ? t(`transparency.${known}`) : key;
  }
  if (measure === 'appeals') {
    const known = OUTCOMES.find((each) => each === key);
    return known ? t(`transparency.outcome.${known}`) : key;
  }
  if (measure === 'decisions' || measure === 'sanctions') {
    const known = DECISIONS.find((each) => each === key);
    return known ? t(`transparency.decision.${known}`) : key;
  }
  // Comments are of several things.
  const type = key.endsWith('_comment') ? 'comment' : key;
  const known = TYPES.find((each) => each === type);
  return known ? t(`transparency.type.${known}`) : key.replaceAll('_', ' ');
}

/** Return a time in the largest unit that it fills. */
export function textOfDuration(seconds: number): string {
  const [unit, size] =
    seconds >= 2 * DAY_S ? (['day', DAY_S] as const) : seconds >= HOUR_S ? (['hour', HOUR_S] as const) : (['minute', 60] as const);
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(seconds / size);
}
