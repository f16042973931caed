/** The audience of a stream, as its form has it. */

import type { Schemas } from '../../../api/client';

type OwnStream = Schemas['OwnStream'];
export type Audience = OwnStream['audience'];

export const AUDIENCES = [
  'public',
  'unlisted',
  'followers',
  'members',
  'buyers',
  'password',
  'named',
] as const satisfies readonly Audience[];

export interface AudienceDraft {
  audience: Audience;
  tier_id: string | null;
  product_id: string | null;
  password: string;
  /** Usernames, with commas or blanks between them. */
  guests: string;
}

/** Return the draft of a stream's audience; of a new stream it is public. */
export function draftOf(stream: Pick<OwnStream, 'audience' | 'tier_id' | 'product_id' | 'guests'> | null): AudienceDraft {
  return {
    audience: stream?.audience ?? 'public',
    tier_id: stream?.tier_id ?? null,
    product_id: stream?.product_id ?? null,
    password: '',
    guests: (stream?.guests ?? []).join(', '),
  };
}

/** Return what the request says about the audience: only what belongs to it. */
export function audienceOf(draft: AudienceDraft): Partial<Schemas['StreamForm']> & { audience: Audience } {
  const { audience } = draft;
  if (audience === 'members') return { audience, tier_id: draft.tier_id };
  if (audience === 'buyers') return { audience, product_id: draft.product_id };
  if (audience === 'password') return draft.password ? { audience, password: draft.password } : { audience };
  if (audience === 'named') return { audience, guests: splitNames(draft.guests) };
  return { audience };
}

/** Return what the request about a stream says about the audience: nothing if it stays as it is. */
export function changeOf(draft: AudienceDraft, stream: Parameters<typeof draftOf>[0]): Partial<Schemas['StreamForm']> {
  const isSame = stream !== null && JSON.stringify(draft) === JSON.stringify(draftOf(stream));
  return isSame ? {} : audienceOf(draft);
}

/** Return the usernames of a text, each once, without the sign before them. */
export function splitNames(text: string): string[] {
  const names = text.split(/[\s,;]+/).map((name) => name.replace(/^@/, ''));
  return [...new Set(names.filter((name) => name !== ''))];
}
