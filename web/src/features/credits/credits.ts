/** Artists and credits of a track or a release, as a form has them and as the API takes them. */

import type { Schemas } from '../../api/client';

export type Role = Schemas['CreditRole'];
export type Person = Pick<Schemas['NamedMember'], 'id' | 'username' | 'display_name' | 'avatar_url'>;
export type AskedCredits = Schemas['AskedCredits'];
type State = Schemas['CreditState'];

export const ROLES: readonly Role[] = [
  'producer',
  'composer',
  'lyricist',
  'writer',
  'arranger',
  'conductor',
  'remixer',
  'dj',
  'performer',
  'programming',
  'engineer',
  'recording',
  'mixing',
  'mastering',
  'artwork',
  'photography',
  'other',
];

/** The usual join phrases between two artists; others can be written. */
export const JOINS: readonly string[] = ['feat.', '&', ',', 'x', 'vs.', 'with'];

interface Draft {
  /** Stays while the row moves. */
  key: number;
  name: string;
  profile: Person | null;
  /** The answer of the profile; null if it was not asked yet. */
  state: State | null;
}

export interface ArtistDraft extends Draft {
  /** Without the spaces around it. */
  join: string;
}

export interface CreditDraft extends Draft {
  role: Role;
  instrument: string;
}

export interface CreditsDraft {
  artists: ArtistDraft[];
  credits: CreditDraft[];
}

/** The fields of a form of the API. */
export interface CreditsForm {
  artists: Schemas['ArtistForm'][];
  credits: Schemas['CreditForm'][];
}

let keys = 0;

/** Return a row without anything in it. */
export function newArtist(): ArtistDraft {
  return { key: ++keys, name: '', profile: null, state: null, join: '' };
}

export function newCredit(): CreditDraft {
  return { key: ++keys, name: '', profile: null, state: null, role: 'producer', instrument: '' };
}

/** Return the rows of an item. */
export function draftOfCredits({ artists, credits }: AskedCredits): CreditsDraft {
  return {
    artists: artists.map((each) => ({ ...newArtist(), ...each, join: each.join.trim() })),
    credits: credits.map((each) => ({ ...newCredit(), ...each, instrument: each.instrument ?? '' })),
  };
}

/** Return the rows of what the tags of files say. They name nobody's profile. */
export function draftOfTags(form: Pick<Schemas['ReleaseForm'], 'artists' | 'credits' | 'artist_name'>): CreditsDraft {
  const artists = form.artists ?? (form.artist_name ? [{ name: form.artist_name, join: '' }] : []);
  return {
    artists: artists.map(({ name, join }) => ({ ...newArtist(), name, join: join.trim() })),
    credits: (form.credits ?? []).map(({ name, role, instrument }) => ({ ...newCredit(), name, role, instrument: instrument ?? '' })),
  };
}

/** Return what rows ask for; empty ones are left out. */
export function formOfCredits({ artists, credits }: CreditsDraft): CreditsForm {
  const named = artists.filter(isNamed);
  return {
    artists: named.map((each, index) => ({ ...nameOf(each), join: index < named.length - 1 ? spaced(each.join) : '' })),
    credits: credits.filter(isNamed).map((each) => {
      const form = { ...nameOf(each), role: each.role };
      return hasInstrument(each.role) && each.instrument.trim() ? { ...form, instrument: each.instrument.trim() } : form;
    }),
  };
}

/** Return what differs between two drafts: what is not mentioned stays as it is. */
export function changedCredits(before: CreditsDraft, after: CreditsDraft): Partial<CreditsForm> {
  const [old, wanted] = [formOfCredits(before), formOfCredits(after)];
  return {
    ...(JSON.stringify(old.artists) === JSON.stringify(wanted.artists) ? {} : { artists: wanted.artists }),
    ...(JSON.stringify(old.credits) === JSON.stringify(wanted.credits) ? {} : { credits: wanted.credits }),
  };
}

/** Return whether a role says more in words: what is played, or what else was done. */
export function hasInstrument(role: Role): boolean {
  return role === 'performer' || role === 'other';
}

/** Return the artists in one line, as they will be shown. */
export function lineOf(artists: readonly ArtistDraft[]): string {
  const named = artists.filter(isNamed);
  const joinAfter = (index: number): string => {
    const join = named[index]?.join.trim() ?? '';
    // The default of the server where nothing is entered.
    return spaced(join) || (index === named.length - 2 ? ' & ' : ', ');
  };
  return named.map((each, index) => shownName(each) + (index < named.length - 1 ? joinAfter(index) : '')).join('');
}

/** Return a join with spaces around it, but none before punctuation. */
export function spaced(join: string): string {
  const text = join.trim();
  if (text === '') return '';
  return /^[,;:)]/.test(text) ? `${text} ` : ` ${text} `;
}

function shownName({ name, profile }: Draft): string {
  return name.trim() || (profile?.display_name ?? '');
}

function isNamed(draft: Draft): boolean {
  return shownName(draft) !== '';
}

function nameOf({ name, profile }: Draft): { name: string; profile: { id: string } | null } {
  return { name: name.trim(), profile: profile && { id: profile.id } };
}
