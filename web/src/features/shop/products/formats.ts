/** The formats in which buyers download a release: the server says which of them it comes in. */

import type { Schemas } from '../../../api/client';
import { t } from '../../../i18n/index.svelte';

type ArchiveFormat = Schemas['ArchiveFormat'];

/** In the order in which people are told of them. */
const FORMATS: readonly ArchiveFormat[] = ['flac', 'mp3_320', 'mp3_v0', 'aac', 'opus', 'original'];

/** Return the formats that are offered, in words. */
export function describeFormats(offered: readonly ArchiveFormat[]): string {
  const names = FORMATS.filter((format) => offered.includes(format)).map((format) => t(`archive.format.${format}`));
  return t('shop.formats', { formats: names.join(', ') });
}
