/** Why a track could not be processed: the server stores a sentence, in English. */

import { loadRefusals } from '../../api/explain';
import { find, language } from '../../i18n/index.svelte';

/** The beginnings of the server's sentences, each with its text. A test finds those that are missing. */
const BEGINNINGS = {
  'The file is empty.': 'failure.empty',
  'The file is not audio': 'failure.notAudio',
  'The file is a video': 'failure.video',
  'It lasts longer than': 'failure.long',
  'It has ': 'failure.channels',
  'Decoding the file takes': 'failure.work',
  'The file breaks off': 'failure.breaksOff',
  'The file holds no ': 'failure.silent',
  'The file uses an audio codec': 'failure.codec',
  'The file is damaged': 'failure.damaged',
  'The file could not be processed': 'failure.unknown',
} as const;

/** Return a sentence about why a track could not be processed. One that is shown changes when the texts are loaded. */
export function explainFailure(reason: string): string {
  if (language() === 'en') return reason;
  const key = Object.entries(BEGINNINGS).find(([beginning]) => reason.startsWith(beginning))?.[1] ?? 'failure.unknown';
  const text = find(key);
  if (text === null) void loadRefusals();
  return text ?? '';
}
