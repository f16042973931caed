/** The rules of a smart playlist, as a form has them and as the API takes them. */

import type { Schemas } from '../../../api/client';

export type SmartRules = Schemas['SmartRules'];

export const SORTS = ['created_at', 'title', 'plays_count', 'likes_count', 'duration', 'shuffle'] as const;

/** The fields of the form: texts as they are typed. */
export interface RulesDraft {
  genres: string;
  tags: string;
  /** Usernames. */
  artists: string;
  liked: '' | 'yes' | 'no';
  minYear: string;
  maxYear: string;
  minPlays: string;
  maxPlays: string;
  playedWithin: string;
  notPlayedFor: string;
  addedWithin: string;
  sort: (typeof SORTS)[number];
  order: 'asc' | 'desc';
  limit: string;
}

/** Return the form of rules; `artists` are the usernames of those whom they name. */
export function draftOf(rules: SmartRules | null, artists: readonly string[] = []): RulesDraft {
  const text = (value: number | null | undefined): string => String(value ?? '');
  return {
    genres: (rules?.genres ?? []).join(', '),
    tags: (rules?.tags ?? []).join(', '),
    artists: artists.join(', '),
    liked: rules?.liked === true ? 'yes' : rules?.liked === false ? 'no' : '',
    minYear: text(rules?.min_year),
    maxYear: text(rules?.max_year),
    minPlays: text(rules?.min_plays),
    maxPlays: text(rules?.max_plays),
    playedWithin: text(rules?.played_within_days),
    notPlayedFor: text(rules?.not_played_for_days),
    addedWithin: text(rules?.added_within_days),
    sort: rules?.sort ?? 'created_at',
    order: rules?.order ?? 'desc',
    limit: text(rules?.limit ?? 100),
  };
}

/** Return the rules of a form. What the form does not have stays as it is. */
export function rulesOf(draft: RulesDraft, before: SmartRules | null, artistIds: readonly string[], seed: number): SmartRules {
  const number = (value: string): number | null => (value.trim() === '' ? null : Number(value));
  return {
    ...(before ?? {}),
    genres: split(draft.genres),
    tags: split(draft.tags),
    artist_ids: [...artistIds],
    liked: draft.liked === '' ? null : draft.liked === 'yes',
    min_year: number(draft.minYear),
    max_year: number(draft.maxYear),
    min_plays: number(draft.minPlays),
    max_plays: number(draft.maxPlays),
    played_within_days: number(draft.playedWithin),
    not_played_for_days: number(draft.notPlayedFor),
    added_within_days: number(draft.addedWithin),
    sort: draft.sort,
    order: draft.order,
    limit: number(draft.limit) ?? 100,
    ...(draft.sort === 'shuffle' && before?.sort !== 'shuffle' ? { seed } : {}),
  } as SmartRules;
}

/** Return the parts of a text, which commas separate, each once. */
export function split(text: string): string[] {
  const parts = text.split(/[,;\n]/).map((each) => each.trim().replace(/^[@#]/, ''));
  return [...new Set(parts.filter((each) => each !== ''))];
}
