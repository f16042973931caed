import { expect, test } from 'vitest';
import type { Language } from '../../../i18n/index.svelte';
import { GROUPS, findEmoji, loadWords } from './emoji';

const ALL = GROUPS.flatMap((group) => group.emoji);

test.each(['en', 'de', 'fr', 'es'] as const)('each emoji has a name in %s, and nothing else has', async (language: Language) => {
  const words = await loadWords(language);
  expect([...words.keys()]).toEqual(ALL);
  expect([...words.values()].filter((each) => each.name === '')).toEqual([]);
});

test.each([
  ['en', 'gui', '🎸'],
  ['de', 'gitarre', '🎸'],
  ['fr', 'MICRO studio', '🎙️'],
  ['es', 'corazon azul', '💙'],
  ['es', 'corazón azul', '💙'],
] as const)('in %s, %s finds %s', async (language, typed, emoji) => {
  expect(findEmoji(await loadWords(language), typed)).toContain(emoji);
});

test('all that was typed has to fit, and nothing finds nothing', async () => {
  const words = await loadWords('en');
  expect(findEmoji(words, 'blue heart')).toEqual(['💙']);
  expect(findEmoji(words, 'zzzz')).toEqual([]);
});
