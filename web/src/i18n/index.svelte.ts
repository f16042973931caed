/**
 * Messages in the language of the reader: `t('listen.plays', { count: 3 })`.
 *
 * Each area has a file for each language, loaded with its first page. English defines the keys; the
 * compiler refuses a file of another language in which one is missing, and a test compares plural
 * forms and placeholders.
 */

import type account from './en/account';
import type admission from './en/admission';
import type cloud from './en/cloud';
import type common from './en/common';
import type console from './en/console';
import type factors from './en/factors';
import type gear from './en/gear';
import type identities from './en/identities';
import type listen from './en/listen';
import type live from './en/live';
import type onAir from './en/onAir';
import type player from './en/player';
import type repair from './en/repair';
import type selling from './en/selling';
import type settings from './en/settings';
import type shop from './en/shop';
import type site from './en/site';
import type statistics from './en/statistics';
import type studio from './en/studio';
import type talk from './en/talk';
import { type Catalogue, type Values, format } from './format';

export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

/** The areas of messages: each has a file per language, which is loaded with its pages. */
interface Areas {
  account: typeof account;
  admission: typeof admission;
  cloud: typeof cloud;
  common: typeof common;
  console: typeof console;
  factors: typeof factors;
  gear: typeof gear;
  identities: typeof identities;
  listen: typeof listen;
  live: typeof live;
  onAir: typeof onAir;
  player: typeof player;
  repair: typeof repair;
  selling: typeof selling;
  settings: typeof settings;
  shop: typeof shop;
  site: typeof site;
  statistics: typeof statistics;
  studio: typeof studio;
  talk: typeof talk;
}
export type Area = keyof Areas;
export type Key = { [A in Area]: keyof Areas[A] }[Area];

const STORED = 'veza.language';
const files = import.meta.glob<{ default: Catalogue }>(['./*/*.ts', '!./*/*.test.ts']);
const loadedAreas = new Set<Area>();

const state = $state<{ language: Language; messages: Catalogue }>({ language: preferred(), messages: {} });

/** Return the text of a message. */
export function t(key: Key, values: Values = {}): string {
  const message = state.messages[key];
  return message === undefined ? key : format(message, values, state.language);
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
  document.documentElement.lang = chosen;
  localStorage.setItem(STORED, chosen);
}

async function load(areas: ReadonlySet<Area>, chosen: Language): Promise<void> {
  const catalogues = await Promise.all([...areas].map((area) => files[`./${chosen}/${area}.ts`]?.()));
  for (const catalogue of catalogues) Object.assign(state.messages, catalogue?.default);
  for (const area of areas) loadedAreas.add(area);
}

/** Return the language that was chosen here, else the first of the browser's that we have. */
function preferred(): Language {
  const candidates = [localStorage.getItem(STORED) ?? '', ...navigator.languages];
  const known = candidates.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each in LANGUAGES);
  const found = (known ?? 'en') as Language;
  document.documentElement.lang = found;
  return found;
}
