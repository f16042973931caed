/** The formats in which buyers download a release. */

import type { Schemas } from '../../../api/client';

export const FORMATS: readonly Schemas['ArchiveFormat'][] = ['flac', 'mp3_320', 'mp3_v0', 'aac', 'opus', 'original'];
