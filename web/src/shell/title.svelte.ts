/** The title of the document: what plays, and the page, which screen readers hear after a navigation. */

import { site } from './site.svelte';

let page = '';
let playing: string | null = null;

/** Forget the title of the page that is left. The next one sets its own, or says that it failed. */
export function clearTitle(): void {
  setTitle('');
}

/** Set the title of a page that failed to load, unless it has one. */
export function setTitleOfFailure(title: string): void {
  if (page === '') setTitle(title);
}

/** Set the title of the page. Call it in an effect of the page. */
export function setTitle(title: string): void {
  page = title;
  show();
}

/** Name what plays before the page, as long as it plays. */
export function setPlaying(title: string | null): void {
  playing = title;
  show();
}

function show(): void {
  document.title = [playing && `♪ ${playing}`, page, site.name].filter(Boolean).join(' · ');
}
