import { describe, expect, test } from 'vitest';
import { type Catalogue, format, placeholdersOf, regional } from './format';

const files = import.meta.glob<{ default: Catalogue }>(['./common/*.ts', '../features/**/messages/*.ts'], { eager: true });
const sources = import.meta.glob<string>(['../**/*.{ts,svelte}', '!../**/messages/*.ts', '!./common/*.ts', '!../**/*.test.ts'], {
  eager: true,
  query: '?raw',
  import: 'default',
});
const folders = [...new Set(Object.keys(files).map((path) => path.slice(0, path.lastIndexOf('/'))))];
const languages = [...new Set(Object.keys(files).map((path) => path.slice(path.lastIndexOf('/') + 1, -'.ts'.length)))];

function catalogueOf(language: string, folder: string): Catalogue {
  return files[`${folder}/${language}.ts`]?.default ?? {};
}

function formsOf(message: Catalogue[string]): string[] {
  return typeof message === 'string' ? [message] : Object.values(message);
}

test('no key is defined twice', () => {
  const keys = folders.flatMap((folder) => Object.keys(catalogueOf('en', folder)));
  expect(keys).toHaveLength(new Set(keys).size);
});

describe.each(languages)('%s', (language) => {
  const pairs = folders.flatMap((folder) => {
    const [english, translated] = [catalogueOf('en', folder), catalogueOf(language, folder)];
    return Object.keys(english).map((key) => [key, english[key], translated[key]] as const);
  });

  test('has every message, and none besides', () => {
    for (const folder of folders) {
      expect(Object.keys(catalogueOf(language, folder)).sort()).toEqual(Object.keys(catalogueOf('en', folder)).sort());
    }
    expect(pairs.filter(([, , text]) => text === undefined || formsOf(text).some((form) => !form.trim()))).toEqual([]);
  });

  test('has a form for each plural of the language', () => {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
    for (const [key, english, text] of pairs) {
      if (typeof english === 'string') continue;
      expect([key, Object.keys(text ?? {}).sort()]).toEqual([key, wanted]);
    }
  });

  test('uses the placeholders of English, each form those of another form', () => {
    for (const [key, english, text] of pairs) {
      const wanted = placeholdersOf(formsOf(english ?? '').join());
      expect([key, placeholdersOf(formsOf(text ?? '').join())]).toEqual([key, wanted]);
      // A form for one or two may write the number as a word.
      for (const form of formsOf(text ?? '')) expect([key, ...placeholdersOf(form), 'count']).toEqual(expect.arrayContaining(wanted));
    }
  });

  test('addresses the reader in one way', () => {
    const formal = {
      de: /\b(Ihnen|Ihre?[mnrs]?)\b|\b(?:[Kk]önnen|[Mm]öchten) Sie\b/,
      fr: /\b(votre|vos|veuillez|\w+ez-vous)\b/i,
      es: /\b(usted(es)?)\b/i,
    }[language];
    // In these, two people are meant.
    const plural = ['person.blocked', 'settings.people.blockedText'];
    const found = pairs.filter(([key, , text]) => formal && !plural.includes(key) && formsOf(text ?? '').some((form) => formal.test(form)));
    expect(found.map(([key]) => key)).toEqual([]);
  });
});

// An element with a text of its own and a name for screen readers: whoever speaks the text presses it.
const NAMED = /<(button|a|summary)\b(?:[^<>]|=>)*?aria-label=\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}(.*?)<\/\1\s*>/gs;

test.each(languages)('the name of an element contains the text that it shows: %s', (language) => {
  const texts = new Map(folders.flatMap((folder) => Object.entries(catalogueOf(language, folder))));
  const read = (key: string): string[] => formsOf(texts.get(key) ?? '').map((form) => form.toLowerCase().replace(/[.…]$/, ''));
  const found: string[] = [];
  for (const [, , name = '', shown = ''] of Object.values(sources).flatMap((text) => [...text.matchAll(NAMED)])) {
    const names = [...name.matchAll(/\bt\('([\w.]+)'/g)].map(([, key = '']) => key);
    for (const [, key = ''] of shown.matchAll(/[>}]\s*\{t\('([\w.]+)'/g)) {
      const isContained = names.every((one) => read(one).every((label) => read(key).some((text) => label.includes(text))));
      if (!isContained) found.push(`${key} in ${names.join(', ')}`);
    }
  }
  expect(found).toEqual([]);
});

// Of the shared parts, for areas to come.
const NOT_YET_USED: string[] = [];

test('every message is used', () => {
  const text = Object.values(sources).join('\n');
  const literals = new Set([...text.matchAll(/'([\w.]+)'/g)].map((found) => found[1]));
  // Keys such as `notes.kind.${kind}`.
  const built = [...text.matchAll(/`([a-z]\w*\.[\w.]*)\$\{[^}]*\}([\w.]*)`/g)].map(([, start, end]) => [start ?? '', end ?? ''] as const);
  const keys = folders.flatMap((folder) => Object.keys(catalogueOf('en', folder)));
  const unused = keys.filter(
    (key) => !NOT_YET_USED.includes(key) && !literals.has(key) && !built.some(([start, end]) => key.startsWith(start) && key.endsWith(end)),
  );
  expect(unused).toEqual([]);
});

test('the form of a number is that of the language', () => {
  const message = { one: '{count} play', other: '{count} plays' };
  expect(format(message, { count: 1 }, 'en')).toBe('1 play');
  expect(format(message, { count: 0 }, 'en')).toBe('0 plays');
  expect(format(message, { count: 0 }, 'fr')).toBe('0 play');
  expect(format(message, { count: 1234 }, 'de')).toBe('1.234 plays');
});

test('dates are those of the region', () => {
  const day = (language: string, preferred: string): string =>
    new Intl.DateTimeFormat(regional(language, preferred), { dateStyle: 'medium', timeZone: 'UTC' }).format(Date.UTC(2026, 10, 30));
  expect([day('en', 'en-US'), day('en', 'en-GB'), day('en', 'de-AT'), day('de', 'en-US'), day('en', '')]).toEqual([
    'Nov 30, 2026',
    '30 Nov 2026',
    '30 Nov 2026',
    '30.11.2026',
    'Nov 30, 2026',
  ]);
});
