/** The fields of a profile as they are edited. */

import type { Schemas } from '../../../api/client';

export type Profile = Schemas['Profile'];
type ProfileChange = Schemas['ProfileChange'];

export const MAX_LINKS = 10;
export const MAX_TEXT = 1000;

export interface LinkFields {
  /** Stays with the link when it is moved. */
  key: number;
  url: string;
  label: string;
}

export interface Fields {
  name: string;
  username: string;
  place: string;
  text: string;
  contact: string;
  avatarAlt: string;
  musicbrainz: string;
  isMiningReserved: boolean;
  links: LinkFields[];
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** Return what a form begins with. An empty name stands for the username, also after that changes. */
export function fieldsOf(profile: Profile): Fields {
  return {
    name: profile.display_name === profile.handle ? '' : profile.display_name,
    username: profile.handle,
    place: profile.place,
    text: profile.text,
    contact: profile.contact,
    avatarAlt: profile.avatar_alt,
    musicbrainz: profile.musicbrainz_id ?? '',
    isMiningReserved: profile.tdm_reserved,
    links: profile.links.map(({ url, label }, key) => ({ key, url, label })),
  };
}

/** Return what is sent: links without an address are left out, and one without a scheme is of the web. */
export function changeOf(fields: Fields): Required<Omit<ProfileChange, 'handle' | 'pinned_release_id'>> {
  return {
    display_name: fields.name.trim() || null,
    text: fields.text,
    place: fields.place.trim(),
    contact: fields.contact.trim(),
    avatar_alt: fields.avatarAlt.trim(),
    musicbrainz_id: readMusicBrainzId(fields.musicbrainz),
    tdm_reserved: fields.isMiningReserved,
    links: sentLinks(fields).map(({ url, label }) => ({ url: withScheme(url), label: label.trim() })),
  };
}

/** Return the links that are sent, in their order. */
export function sentLinks(fields: Fields): LinkFields[] {
  return fields.links.filter((each) => each.url.trim() !== '' || each.label.trim() !== '');
}

/** Return whether links would be sent that differ: another address, text or order. */
export function hasOtherLinks(before: Fields, now: Fields): boolean {
  return textOf(changeOf(before), 'links') !== textOf(changeOf(now), 'links');
}

/** Return how many fields differ. */
export function countChanges(before: Fields, now: Fields): number {
  const [first, second] = [before, now].map((each) => ({ ...changeOf(each), username: each.username.trim() }));
  return Object.keys(second ?? {}).filter((name) => textOf(first, name) !== textOf(second, name)).length;
}

/** Return the id in a text or an address of MusicBrainz; what has none is sent as it is, and refused. */
export function readMusicBrainzId(text: string): string | null {
  return text.trim() === '' ? null : (UUID.exec(text)?.[0].toLowerCase() ?? text.trim());
}

/** Return the links in another order: one of them goes up or down by a place. */
export function movedLink(links: readonly LinkFields[], index: number, by: -1 | 1): LinkFields[] {
  const moved = [...links];
  const [link] = moved.splice(index, 1);
  if (link) moved.splice(Math.max(0, Math.min(moved.length, index + by)), 0, link);
  return moved;
}

function withScheme(url: string): string {
  const text = url.trim();
  return text === '' || SCHEME.test(text) ? text : `https://${text}`;
}

function textOf(values: object | undefined, name: string): string {
  return JSON.stringify(Object.entries(values ?? {}).find(([key]) => key === name)?.[1]);
}
