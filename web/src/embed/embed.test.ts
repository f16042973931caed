import { expect, test } from 'vitest';
import { choose, fill, languages } from './messages';
import { isLight, readOptions, showTime } from './options';

test('only themes and colours that are known are taken from the address', () => {
  expect(readOptions('?theme=dark&color=FF8800')).toEqual({ theme: 'dark', color: 'ff8800' });
  for (const color of ['red', '#ff8800', 'ff88', 'ff8800;}', 'url(x)', '']) {
    expect(readOptions(`?theme=neon&color=${encodeURIComponent(color)}`)).toEqual({ theme: null, color: null });
  }
});

test('text on a colour is black or white, whichever is easier to read', () => {
  expect(['ffffff', 'ffcc00', '000000', '1557d6'].map(isLight)).toEqual([true, true, false, false]);
});

test('the language is the first of the browser that there is', () => {
  expect(choose(['pt-BR', 'fr-CA', 'de'])).toBe('fr');
  expect(choose(['constructor', 'toString'])).toBe('en');
});

test('each language has the same places', () => {
  const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const messages of Object.values(languages)) {
    for (const [name, text] of Object.entries(messages)) {
      expect(places(text)).toEqual(places(languages.en[name as keyof typeof languages.en]));
    }
  }
  expect(fill('{title}, {other}', { title: '$&' })).toBe('$&, {other}');
});

test('times have two digits of seconds', () => {
  expect([0, 9.9, 61, 3600].map(showTime)).toEqual(['0:00', '0:09', '1:01', '60:00']);
});
