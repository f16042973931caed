/** Disclosures of tracks about generated parts. */

import type { Schemas } from '../api/client';
import { language, t } from '../i18n/index.svelte';

export const AI_USES = ['none', 'parts', 'whole'] as const;
export const AI_PARTS = ['vocals', 'lyrics', 'composition', 'instruments', 'artwork', 'mix'] as const;

/** Return the sentence, with the names of the parts. */
export function disclose({ ai, ai_parts }: Pick<Schemas['Track'], 'ai' | 'ai_parts'>): string {
  if (ai !== 'parts') return t(`mark.ai.${ai}`);
  const names = ai_parts.map((each) => t(`mark.part.${each}`));
  return t('mark.ai.named', { parts: new Intl.ListFormat(language(), { type: 'unit' }).format(names) });
}
