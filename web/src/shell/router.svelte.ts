/**
 * The router: which page an address shows.
 *
 * Links are plain `<a href>`; a click on one of this site is turned into a navigation without a
 * reload, so that the player goes on. Back and Forward restore the scroll position. After each
 * navigation the focus goes to `main`, which screen readers announce with the new title, unless it
 * was moved while the page loaded.
 */

import type { Component } from 'svelte';
import { type Area, type Key, loadMessages } from '../i18n/index.svelte';
import { type LayoutProps, type Route, routes } from '../routes';
import { clearTitle } from './title.svelte';
import { checkVersion } from './version.svelte';

export type Parameters = Readonly<Record<string, string>>;

interface PageProps {
  parameters: Parameters;
  /** Call it with what the page shows, as soon as that is known. */
  named: (title: string) => void;
}

export interface Shown {
  page: Component<PageProps>;
  layout: Component<LayoutProps> | null;
  /** What the page shows, until it knows better. */
  title: Key | null;
  parameters: Parameters;
  /** Differs for each address, so that a page of another one is made anew. */
  key: string;
}

interface Match {
  route: Route;
  parameters: Parameters;
}

export const router = $state<{
  path: string;
  query: URLSearchParams;
  shown: Shown | null;
  isLoading: boolean;
  failed: boolean;
}>({ path: location.pathname, query: new URLSearchParams(location.search), shown: null, isLoading: true, failed: false });

const positions = new Map<string, number>();
/** For so long a page may load what it showed when it was left. */
const MAX_RESTORING_MS = 10_000;
let visit = '0';
let latest = 0;
/** Closes what lies over the page, for which the history has an entry of its own. */
let closeOverlay: (() => void) | null = null;
/** Whether that entry is being left, which shows no other page. */
let isLeaving = false;

/** Return the route of a path, and the parameters in it. */
export function match(path: string, table: readonly Route[] = routes): Match | null {
  const parts = split(path);
  for (const route of table) {
    const parameters = fit(split(route.path), parts);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function fit(pattern: readonly string[], parts: readonly string[]): Parameters | null {
  if (pattern.length !== parts.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const given = parts[index] ?? '';
    if (expected.startsWith(':')) parameters[expected.slice(1)] = decode(given);
    else if (expected !== given) return null;
  }
  return parameters;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Go to an address of this site. With `stay`, focus and scroll position are kept, as for a filter of the same page. */
export function navigate(to: string, { replace = false, stay = false } = {}): void {
  const url = new URL(to, location.href);
  rememberPosition();
  // The page takes the place of what lay over the one before.
  if (endOverlay()) replace = true;
  visit = String(Date.now() + Math.random());
  if (replace) history.replaceState({ visit }, '', url);
  else history.pushState({ visit }, '', url);
  void show(url, stay ? null : 0);
}

/** Show the current address, and every later one. */
export function startRouter(): void {
  history.scrollRestoration = 'manual';
  const state = history.state as { visit?: string } | null;
  visit = state?.visit ?? '0';
  addEventListener('popstate', (event) => {
    if (isLeaving || endOverlay()) {
      isLeaving = false;
      return;
    }
    rememberPosition();
    visit = (event.state as { visit?: string } | null)?.visit ?? '0';
    void show(new URL(location.href), positions.get(visit) ?? 0);
  });
  document.addEventListener('click', followLink);
  void show(new URL(location.href), null);
}

/**
 * Let the back button close what lies over the page. Returns what to call when it was closed by
 * other means.
 */
export function closeByBack(close: () => void): () => void {
  history.pushState({ visit }, '');
  closeOverlay = close;
  return () => {
    if (closeOverlay !== close) return;
    closeOverlay = null;
    isLeaving = true;
    history.back();
  };
}

function endOverlay(): boolean {
  const close = closeOverlay;
  closeOverlay = null;
  close?.();
  return close !== null;
}

/** Load the page again, after its code could not be loaded. */
export function retry(): void {
  void show(new URL(location.href), 0);
}

function rememberPosition(): void {
  endRestoring?.();
  positions.set(visit, scrollY);
}

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link?.href || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || /^\/(api|swagger)\b/.test(url.pathname)) return;
  if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
  event.preventDefault();
  navigate(url.href);
}

async function show(url: URL, scroll: number | null): Promise<void> {
  const mine = ++latest;
  const focused = document.activeElement;
  router.path = url.pathname;
  router.query = url.searchParams;
  router.isLoading = true;
  router.failed = false;
  const { route, parameters } = match(url.pathname) ?? { route: notFound, parameters: {} };
  try {
    // Styles of the layout come before those of the page.
    const [layout, page] = await Promise.all([route.layout?.(), route.page(), loadMessages(route.area, ...(route.also ?? []))]);
    if (mine !== latest) return;
    if (scroll !== null && router.shown?.key !== url.pathname) clearTitle();
    router.shown = {
      page: page.default as Component<PageProps>,
      layout: layout?.default ?? null,
      title: route.title ?? null,
      parameters,
      key: url.pathname,
    };
  } catch {
    if (mine !== latest) return;
    router.shown = null;
    router.failed = true;
    // The files of an earlier version may be gone.
    void checkVersion();
  }
  router.isLoading = false;
  if (scroll === null) return;
  requestAnimationFrame(() => {
    const now = document.activeElement;
    if (now === focused || now === document.body) document.getElementById('main')?.focus({ preventScroll: true });
    restorePosition(scroll);
  });
}

/** Ends the wait for a page to become as long as it was. */
let endRestoring: (() => void) | null = null;
const INTERRUPTIONS = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scroll to a position, again and again until the page is that long: what it shows may still be on
 * its way. Ends as soon as the reader scrolls or presses something.
 */
function restorePosition(top: number): void {
  endRestoring?.();
  const place = (): void => {
    scrollTo({ top, behavior: 'instant' });
    if (scrollY >= top - 1) end();
  };
  const growth = new ResizeObserver(place);
  const timer = setTimeout(() => end(), MAX_RESTORING_MS);
  const end = (): void => {
    endRestoring = null;
    clearTimeout(timer);
    growth.disconnect();
    for (const name of INTERRUPTIONS) removeEventListener(name, end);
  };
  endRestoring = end;
  for (const name of INTERRUPTIONS) addEventListener(name, end, { passive: true });
  const main = document.getElementById('main');
  if (main) growth.observe(main);
  place();
}

const notFound: Route = {
  path: '',
  area: 'common' satisfies Area,
  page: () => import('./NotFoundPage.svelte'),
};
