/** Vite's plugin for `paths.json`: the paths of all pages, by which the server knows them (`http/web_app/paths.py`). */

import { readFile } from 'node:fs/promises';
import { listPaths } from './listPaths.ts';

export function pagePaths() {
  return {
    name: 'veza-page-paths',
    apply: 'build',
    async generateBundle() {
      const source = await readFile(new URL('../src/routes.ts', import.meta.url), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'paths.json', source: JSON.stringify(listPaths(source)) });
    },
  };
}
