/**
 * The pages, each loaded when it is opened. The server knows their first parts: a path that is added
 * here under a new first part is added to `SECTIONS` in `veza/domains/web/rules.py`, which a test checks.
 */

import type { Component } from 'svelte';
import type { Area } from './i18n/index.svelte';

export interface Route {
  /** Parts that begin with a colon are parameters. */
  path: string;
  /** The messages that the page uses, besides those in `common`. */
  area: Area;
  // Each page declares which parameters it takes.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  page: () => Promise<{ default: Component<any> }>;
}

export const routes: readonly Route[] = [
  { path: '/', area: 'listen', page: () => import('./pages/listen/HomePage.svelte') },
];
