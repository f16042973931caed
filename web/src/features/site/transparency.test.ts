import { beforeAll, expect, test, vi } from 'vitest';

beforeAll(() => {
  vi.stubGlobal('localStorage', { getItem: () => null });
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('document', { documentElement: {} });
});

test('what has the same name is added, and of notices those that arrived are counted', async () => {
  const { numbersOf, totalOf } = await import('./transparency');
  const reports = { comment: 2, post_comment: 3, image: 1, avatar: 1, banner: 1 };
  expect(numbersOf('reports', reports).map(([, number]) => number)).toEqual([5, 3]);
  expect(totalOf('reports', reports)).toBe(8);
  const notices = { restored: 1, upheld: 2, received: 4 };
  expect(numbersOf('copyright', notices).map(([, number]) => number)).toEqual([4, 2, 1]);
  expect(totalOf('copyright', notices)).toBe(4);
});

test('categories and every kind that is reported have words', async () => {
  const [{ nameOf }, { loadMessages }] = await Promise.all([import('./transparency'), import('../../i18n/index.svelte')]);
  await loadMessages('site');
  expect(['station', 'show', 'clip'].map((kind) => nameOf('reports', kind))).toEqual(['Stations', 'Shows', 'Clips']);
  expect((['categories', 'takedowns', 'own_initiative'] as const).map((each) => nameOf(each, 'spam'))).toEqual(['Spam', 'Spam', 'Spam']);
  expect(nameOf('own_initiative', 'new_one')).toBe('new_one');
});
