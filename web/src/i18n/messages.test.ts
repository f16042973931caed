import { describe, expect, test } from 'vitest';
import { type Catalogue, format, placeholdersOf } from './format';

const files = import.meta.glob<{ default: Catalogue }>('./*/*.ts', { eager: true });
const languages = [...new Set(Object.keys(files).map((path) => path.split('/')[1] ?? ''))];
const areas = [...new Set(Object.keys(files).map((path) => path.split('/')[2]?.replace('.ts', '') ?? ''))];

function catalogueOf(language: string, area: string): Catalogue {
  return files[`./${language}/${area}.ts`]?.default ?? {};
}

function formsOf(message: Catalogue[string]): string[] {
  return typeof message === 'string' ? [message] : Object.values(message);
}

test('no key is defined twice', () => {
  const keys = areas.flatMap((area) => Object.keys(catalogueOf('en', area)));
  expect(keys).toHaveLength(new Set(keys).size);
});

describe.each(languages)('%s', (language) => {
  const pairs = areas.flatMap((area) => {
    const [english, translated] = [catalogueOf('en', area), catalogueOf(language, area)];
    return Object.keys(english).map((key) => [key, english[key], translated[key]] as const);
  });

  test('has every message, and none besides', () => {
    for (const area of areas) {
      expect(Object.keys(catalogueOf(language, area)).sort()).toEqual(Object.keys(catalogueOf('en', area)).sort());
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

  test('uses the placeholders of English', () => {
    for (const [key, english, text] of pairs) {
      const wanted = formsOf(english ?? '').flatMap(placeholdersOf);
      for (const form of formsOf(text ?? '')) {
        const unknown = placeholdersOf(form).filter((name) => !wanted.includes(name));
        expect([key, unknown]).toEqual([key, []]);
      }
    }
  });
});

test('the form of a number is that of the language', () => {
  const message = { one: '{count} play', other: '{count} plays' };
  expect(format(message, { count: 1 }, 'en')).toBe('1 play');
  expect(format(message, { count: 0 }, 'en')).toBe('0 plays');
  expect(format(message, { count: 0 }, 'fr')).toBe('0 play');
  expect(format(message, { count: 1234 }, 'de')).toBe('1.234 plays');
});
