/**
 * Messages in the language of the reader: `t('listen.plays', { count: 3 })`.
 *
 * Each area has a file for each language in its `messages`, loaded with its first page. English defines the keys; the
 * compiler refuses a file of another language in which one is missing, and a test compares plural
 * forms and placeholders.
 */

import type account from '../features/account/messages/en';
import type accountFactors from '../features/account/factors/messages/en';
import type accountIdentities from '../features/account/identities/messages/en';
import type artist from '../features/artist/messages/en';
import type claims from '../features/claims/messages/en';
import type clips from '../features/clips/messages/en';
import type console from '../features/console/messages/en';
import type consoleAdmission from '../features/console/admission/messages/en';
import type consoleRepair from '../features/console/repair/messages/en';
import type consoleCopyright from '../features/console/copyright/messages/en';
import type copyright from '../features/copyright/messages/en';
import type credits from '../features/credits/messages/en';
import type explore from '../features/explore/messages/en';
import type librarySmart from '../features/library/smart/messages/en';
import type listen from '../features/listen/messages/en';
import type live from '../features/live/messages/en';
import type mail from '../features/mail/messages/en';
import type offline from '../features/offline/messages/en';
import type player from '../features/player/messages/en';
import type refusals from '../features/refusals/messages/en';
import type settings from '../features/settings/messages/en';
import type settingsProfiles from '../features/settings/profiles/messages/en';
import type shared from '../features/shared/messages/en';
import type shop from '../features/shop/messages/en';
import type shopCommissions from '../features/shop/commissions/messages/en';
import type shopGifts from '../features/shop/gifts/messages/en';
import type shopGuests from '../features/shop/guests/messages/en';
import type shopMemberships from '../features/shop/memberships/messages/en';
import type shopTips from '../features/shop/tips/messages/en';
import type shows from '../features/shows/messages/en';
import type site from '../features/site/messages/en';
import type stations from '../features/stations/messages/en';
import type studio from '../features/studio/messages/en';
import type studioFiles from '../features/studio/files/messages/en';
import type studioGear from '../features/studio/gear/messages/en';
import type studioLive from '../features/studio/live/messages/en';
import type studioLyrics from '../features/studio/lyrics/messages/en';
import type studioMail from '../features/studio/mail/messages/en';
import type studioRecordings from '../features/studio/recordings/messages/en';
import type studioSelling from '../features/studio/selling/messages/en';
import type studioShows from '../features/studio/shows/messages/en';
import type studioSplits from '../features/studio/splits/messages/en';
import type studioStations from '../features/studio/stations/messages/en';
import type studioStatistics from '../features/studio/statistics/messages/en';
import type talk from '../features/talk/messages/en';
import type together from '../features/together/messages/en';
import type common from './common/en';
import { LANGUAGE } from '../api/storedNames';
import { type Catalogue, type Values, format } from './format';

export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

/** The areas of messages, each a folder of `features` with a file per language, and what all share. */
interface Areas {
  common: typeof common;
  account: typeof account;
  'account/factors': typeof accountFactors;
  'account/identities': typeof accountIdentities;
  artist: typeof artist;
  claims: typeof claims;
  clips: typeof clips;
  console: typeof console;
  'console/admission': typeof consoleAdmission;
  'console/repair': typeof consoleRepair;
  'console/copyright': typeof consoleCopyright;
  copyright: typeof copyright;
  credits: typeof credits;
  explore: typeof explore;
  'library/smart': typeof librarySmart;
  listen: typeof listen;
  live: typeof live;
  mail: typeof mail;
  offline: typeof offline;
  player: typeof player;
  refusals: typeof refusals;
  settings: typeof settings;
  'settings/profiles': typeof settingsProfiles;
  shared: typeof shared;
  shop: typeof shop;
  'shop/commissions': typeof shopCommissions;
  'shop/gifts': typeof shopGifts;
  'shop/guests': typeof shopGuests;
  'shop/memberships': typeof shopMemberships;
  'shop/tips': typeof shopTips;
  shows: typeof shows;
  site: typeof site;
  stations: typeof stations;
  studio: typeof studio;
  'studio/files': typeof studioFiles;
  'studio/gear': typeof studioGear;
  'studio/live': typeof studioLive;
  'studio/lyrics': typeof studioLyrics;
  'studio/mail': typeof studioMail;
  'studio/recordings': typeof studioRecordings;
  'studio/selling': typeof studioSelling;
  'studio/shows': typeof studioShows;
  'studio/splits': typeof studioSplits;
  'studio/stations': typeof studioStations;
  'studio/statistics': typeof studioStatistics;
  talk: typeof talk;
  together: typeof together;
}
export type Area = keyof Areas;
export type Key = { [A in Area]: keyof Areas[A] }[Area];

/** Of languages that are written from right to left; none of ours is, but for the one of tests. */
const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur', 'xb']);
/** English as if it were written from right to left: for tests of the layout, offered to nobody. */
const PSEUDO = 'xb';
const files = import.meta.glob<{ default: Catalogue }>(['./common/*.ts', '../features/**/messages/*.ts']);
const loadedAreas = new Set<Area>();

const state = $state<{ language: Language; messages: Catalogue }>({ language: preferred(), messages: {} });

/** Return the text of a message. */
export function t(key: Key, values: Values = {}): string {
  return find(key, values) ?? key;
}

/** Return the text of a message whose key may not exist, or is not loaded yet. */
export function find(key: string, values: Values = {}): string | null {
  const message = state.messages[key];
  return message === undefined ? null : format(message, values, state.language);
}

/** Return the current language. */
export function language(): Language {
  return state.language;
}

/** Load the messages of areas, and those that all areas share. */
export async function loadMessages(...areas: readonly Area[]): Promise<void> {
  const missing = new Set((['common', ...areas] as const).filter((each) => !loadedAreas.has(each)));
  await load(missing, state.language);
}

/** Show everything in another language, from now on. */
export async function setLanguage(chosen: Language): Promise<void> {
  await load(loadedAreas, chosen);
  state.language = chosen;
  announce(chosen);
  localStorage.setItem(LANGUAGE, chosen);
}

async function load(areas: ReadonlySet<Area>, chosen: Language): Promise<void> {
  const catalogues = await Promise.all([...areas].map((area) => files[fileOf(area, chosen)]?.()));
  const isPseudo = (chosen as string) === PSEUDO;
  const { write } = isPseudo ? await import('./pseudo') : { write: (catalogue: Catalogue | undefined) => catalogue };
  for (const catalogue of catalogues) Object.assign(state.messages, write(catalogue?.default));
  for (const area of areas) loadedAreas.add(area);
}

function fileOf(area: Area, language: Language): string {
  const chosen = (language as string) === PSEUDO ? 'en' : language;
  return area === 'common' ? `./common/${chosen}.ts` : `../features/${area}/messages/${chosen}.ts`;
}

/** Return the language that was chosen here, else the first of the browser's that we have. */
function preferred(): Language {
  const candidates = [localStorage.getItem(LANGUAGE) ?? '', ...navigator.languages];
  const known = candidates.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each in LANGUAGES || each === PSEUDO);
  const found = (known ?? 'en') as Language;
  announce(found);
  return found;
}

/** Set the language and the direction of the document. */
function announce(chosen: Language): void {
  const { documentElement } = document;
  documentElement.lang = chosen;
  documentElement.dir = RIGHT_TO_LEFT.has(chosen) ? 'rtl' : 'ltr';
}
