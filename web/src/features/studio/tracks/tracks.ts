/** What is said about a track, as a form has it and as the API takes it. */

import type { Schemas } from '../../../api/client';

export type Visibility = Schemas['Visibility'];
export type TrackChange = Schemas['TrackChange'];

/** The fields of the form: texts as they are typed. */
export interface TrackDraft {
  title: string;
  description: string;
  genre: string;
  tags: string;
  isrc: string;
  year: string;
  bpm: string;
  key: string;
  explicit: '' | 'yes' | 'no';
  ai: Schemas['AiUse'];
  aiParts: Schemas['AiPart'][];
  visibility: Visibility;
  tier: string | null;
  isDownloadable: boolean;
}

export const VISIBILITIES: readonly Visibility[] = ['private', 'unlisted', 'public'];

/** Return the form of a track. */
export function draftOf(track: TrackChange): TrackDraft {
  return {
    title: track.title ?? '',
    description: track.description ?? '',
    genre: track.genre ?? '',
    tags: (track.tags ?? []).join(', '),
    isrc: track.isrc ?? '',
    year: String(track.year ?? ''),
    bpm: String(track.bpm ?? ''),
    key: track.musical_key ?? '',
    explicit: track.is_explicit === true ? 'yes' : track.is_explicit === false ? 'no' : '',
    ai: track.ai ?? 'none',
    aiParts: [...(track.ai_parts ?? [])],
    visibility: track.visibility ?? 'private',
    tier: track.tier_id ?? null,
    isDownloadable: track.downloadable ?? false,
  };
}

/** Return what a form asks for. */
export function changeOf(draft: TrackDraft): TrackChange {
  return {
    title: draft.title.trim(),
    description: draft.description.trim(),
    genre: draft.genre.trim() || null,
    tags: splitTags(draft.tags),
    isrc: draft.isrc.trim() || null,
    year: draft.year ? Number(draft.year) : null,
    bpm: draft.bpm ? Number(draft.bpm) : null,
    musical_key: draft.key.trim() || null,
    is_explicit: draft.explicit === '' ? null : draft.explicit === 'yes',
    ai: draft.ai,
    ai_parts: draft.ai === 'parts' ? [...draft.aiParts].sort() : [],
    visibility: draft.visibility,
    tier_id: draft.tier,
    downloadable: draft.isDownloadable,
  };
}

/** Return what differs between two forms: what is not mentioned stays as it is, such as what the file says itself. */
export function changesBetween(before: TrackDraft, after: TrackDraft): TrackChange {
  const [old, wanted] = [changeOf(before), changeOf(after)];
  // What is generated is said as a whole.
  if (wanted.ai !== old.ai) delete old.ai_parts;
  const isChanged = ([name, value]: [string, unknown]): boolean => JSON.stringify(value) !== JSON.stringify(old[name as keyof TrackChange]);
  return Object.fromEntries(Object.entries(wanted).filter(isChanged));
}

/** Return the tags of a text, which commas separate. */
export function splitTags(text: string): string[] {
  const tags = text.split(/[,;\n]/).map((each) => each.trim().replace(/^#/, ''));
  return [...new Set(tags.filter((each) => each !== ''))];
}
