import { beforeAll, expect, test, vi } from 'vitest';
import type { Control } from './validity';

let sentenceOf: (control: Control) => string;

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'en', setItem: () => undefined });
  vi.stubGlobal('document', { documentElement: {} });
  const { loadMessages } = await import('../i18n/index.svelte');
  await loadMessages('common');
  ({ sentenceOf } = await import('./validity'));
});

test.each([
  ['text', { valueMissing: true }, 'This is needed.'],
  ['email', { typeMismatch: true }, 'Enter an e-mail address, such as ana@mail.example.'],
  ['url', { typeMismatch: true }, 'Enter an address, such as https://ada.example.'],
  ['password', { tooShort: true }, 'Write at least 8 characters.'],
  ['number', { badInput: true }, 'Enter a number.'],
  ['number', { rangeUnderflow: true }, 'Enter 1 or more.'],
  ['number', { rangeOverflow: true }, 'Enter 99 or less.'],
  ['date', { badInput: true, valueMissing: true }, 'Enter a date.'],
  ['datetime-local', { rangeUnderflow: true }, 'Choose a later date.'],
  ['text', { patternMismatch: true }, 'This is not written as it must be.'],
])('a field of type %s says why it is refused: %o', (type, validity, sentence) => {
  expect(sentenceOf({ type, title: '', minLength: 8, min: '1', max: '99', validity })).toBe(sentence);
});

test('a field with a pattern says what is meant', () => {
  expect(sentenceOf({ type: 'text', title: 'Four digits', validity: { patternMismatch: true } })).toBe('Four digits');
});
