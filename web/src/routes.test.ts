import { expect, test } from 'vitest';
import { listPaths } from '../scripts/listPaths';
import { sectionOf as findConsoleSection } from './features/console/sections';
import { sectionOf as findStudioSection } from './features/studio/sections';
import type { Catalogue } from './i18n/format';
import { routes } from './routes';
import source from './routes.ts?raw';

const catalogues = import.meta.glob<{ default: Catalogue }>(['./i18n/common/en.ts', './features/**/messages/en.ts'], { eager: true });
const sources = import.meta.glob<string>(['./**/*.{ts,svelte}', '!./**/messages/*.ts', '!./i18n/common/*.ts', '!./**/*.test.ts'], {
  eager: true,
  query: '?raw',
  import: 'default',
});
const areas = new Map<string, string>();
for (const [path, { default: messages }] of Object.entries(catalogues))
  for (const key of Object.keys(messages)) areas.set(key, path.replace(/^\.\/(features|i18n)\/|(\/messages)?\/en\.ts$/g, ''));

/** Return the path of a module that another one imports, if it is one of ours. */
function resolve(from: string, named: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of named.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  const path = parts.join('/').replace(/^\.?\/?/, './');
  return [path, `${path}.ts`].find((each) => each in sources) ?? path;
}

/** Return the modules of a page, of which those that are loaded later are apart, with the messages that are loaded with them. */
function walk(start: string): { modules: Set<string>; later: [string, string[]][] } {
  const modules = new Set<string>();
  const later: [string, string[]][] = [];
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = sources[path];
    // What every page has around it, which needs no messages but the common ones, leads to other pages.
    if (modules.has(path) || text === undefined || path === './routes.ts') continue;
    modules.add(path);
    for (const [, named = ''] of text.matchAll(/^\s*(?:import|export)\s(?!type\s)[^;]*?from '(\.[^']*)';/gm))
      waiting.push(resolve(path, named));
    for (const [, named = '', also = ''] of text.matchAll(/import\('(\.[^']*)'\)(?:,\s*loadMessages\(([^)]*)\))?/g))
      later.push([resolve(path, named), [...also.matchAll(/'([^']+)'/g)].map((found) => found[1] ?? '')]);
  }
  return { modules, later };
}

/** Return the messages that a module, and what it loads, shows without having loaded them. */
function untold(start: string, loaded: readonly string[], seen = new Set<string>()): string[] {
  if (seen.has(start)) return [];
  seen.add(start);
  const { modules, later } = walk(start);
  // What it loads itself, before it shows anything.
  const own = [...(sources[start] ?? '').matchAll(/loadMessages\('([^']+)'\)/g)].map((each) => each[1] ?? '');
  const keys = [...modules].flatMap((path) =>
    [...(sources[path] ?? '').matchAll(/\bt\(\s*'([\w.]+)'/g)].map((found) => `${path}: ${found[1] ?? ''}`),
  );
  const missing = keys.filter((each) => ![...loaded, ...own].includes(areas.get(each.split(': ')[1] ?? '') ?? 'common'));
  return [...missing, ...later.flatMap(([path, also]) => untold(path, [...loaded, ...own, ...also], seen))];
}

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

test('the build lists the paths of all pages for the server', () => {
  const built = routes.map(({ path }) => path).filter((path) => path !== '/design');
  expect(listPaths(source)).toEqual(built);
});

test('each page loads the messages that it shows', () => {
  const pages = new Map(
    [...source.matchAll(/path: '([^']*)'[^}]*?import\('(\.[^']*)'\)/g)].map(([, path = '', page = '']) => [path, page]),
  );
  const found = routes.flatMap(({ path, area, also = [] }) =>
    untold(resolve('./routes.ts', pages.get(path) ?? ''), ['common', area, ...also]).map((each) => `${path} ${each}`),
  );
  expect(found).toEqual([]);
});

test('what is around each page shows common messages', () => {
  expect(untold('./App.svelte', ['common'])).toEqual([]);
});
