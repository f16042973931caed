import { expect, test } from 'vitest';
import { sectionOf as findConsoleSection } from './features/console/sections';
import { sectionOf as findStudioSection } from './features/studio/sections';
import { routes } from './routes';
import source from './routes.ts?raw';

const files = Object.keys(import.meta.glob('./features/**/*Page.svelte'));

test('no address has two pages', () => {
  const paths = routes.map((each) => each.path);
  expect(paths).toHaveLength(new Set(paths).size);
});

test('pages are the files that are called so', () => {
  const named = [...source.matchAll(/page: \(\) =>\s+import\('([^']+)'\)/g)].map((found) => found[1] ?? '');
  expect([...new Set(named)].sort()).toEqual(files.sort());
});

test('pages of the studio and of the console are in their layout, and belong to a section', () => {
  const inside = routes.filter((each) => /^\/(studio|console)\b/.test(each.path));
  expect(inside.length).toBeGreaterThan(40);
  for (const { path, area, layout } of inside) {
    expect([path, area]).toEqual([path, path.split('/')[1]]);
    expect(layout).toBeDefined();
    expect([path, findStudioSection(path) ?? findConsoleSection(path)]).not.toContain(null);
  }
});
