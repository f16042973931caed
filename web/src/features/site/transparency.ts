/** The words for figures of moderation. What the server counts besides is shown by its own name. */

import { language, t } from '../../i18n/index.svelte';

export const MEASURES = [
  'reports',
  'categories',
  'filters',
  'decisions',
  'takedowns',
  'own_initiative',
  'sanctions',
  'appeals',
  'copyright',
] as const;
type Measure = (typeof MEASURES)[number];

const TYPES = [
  'track',
  'release',
  'playlist',
  'show',
  'station',
  'product',
  'bundle',
  'post',
  'comment',
  'message',
  'commission_message',
  'user',
  'stream',
  'clip',
  'image',
  'cloud_share',
  'other',
] as const;
/** What is counted with another type. */
const KINDS: Readonly<Record<string, string>> = {
  post_comment: 'comment',
  avatar: 'image',
  banner: 'image',
  profile: 'user',
};
const DECISIONS = ['resolve', 'dismiss', 'warn', 'ban', 'takedown'] as const;
const CATEGORIES = ['copyright', 'illegal', 'abuse', 'spam', 'impersonation', 'undisclosed_ai', 'other'] as const;
const BY_CATEGORY: readonly string[] = ['categories', 'takedowns', 'own_initiative'];
const OUTCOMES = ['pending', 'upheld', 'reversed'] as const;
const NOTICES = ['received', 'upheld', 'rejected', 'countered', 'restored'] as const;
const MEDIANS = ['reports', 'appeals'] as const;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** Return the name of a key of a measure. */
export function nameOf(measure: Measure | 'medians', key: string): string {
  if (measure === 'medians') {
    const known = MEDIANS.find((each) => each === key);
    return known ? t(`transparency.${known}`) : key;
  }
  if (measure === 'appeals') {
    const known = OUTCOMES.find((each) => each === key);
    return known ? t(`transparency.outcome.${known}`) : key;
  }
  if (measure === 'copyright') {
    const known = NOTICES.find((each) => each === key);
    return known ? t(`transparency.notice.${known}`) : key;
  }
  if (measure === 'decisions' || measure === 'sanctions') {
    const known = DECISIONS.find((each) => each === key);
    return known ? t(`transparency.decision.${known}`) : key;
  }
  if (BY_CATEGORY.includes(measure)) {
    const known = CATEGORIES.find((each) => each === key);
    return known ? t(`category.${known}`) : key;
  }
  const type = KINDS[key] ?? key;
  const known = TYPES.find((each) => each === type);
  return known ? t(`transparency.type.${known}`) : key.replaceAll('_', ' ');
}

/** Return the numbers of a measure by name: those of the same name are added. */
export function numbersOf(measure: Measure, numbers: Readonly<Record<string, number>>): [name: string, number: number][] {
  const byName = new Map<string, number>();
  const keys = measure === 'copyright' ? NOTICES.filter((key) => key in numbers) : Object.keys(numbers);
  for (const key of keys) {
    const name = nameOf(measure, key);
    byName.set(name, (byName.get(name) ?? 0) + (numbers[key] ?? 0));
  }
  return [...byName];
}

/** Return how many there are of a measure: of notices those that arrived, whatever became of them. */
export function totalOf(measure: Measure, numbers: Readonly<Record<string, number>>): number {
  if (measure === 'copyright') return numbers['received'] ?? 0;
  return Object.values(numbers).reduce((total, each) => total + each, 0);
}

/** Return a time in the largest unit that it fills. */
export function textOfDuration(seconds: number): string {
  const [unit, size] =
    seconds >= 2 * DAY_S ? (['day', DAY_S] as const) : seconds >= HOUR_S ? (['hour', HOUR_S] as const) : (['minute', 60] as const);
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(seconds / size);
}
