/** The title of the page, which screen readers hear after a navigation. */

import { site } from './site.svelte';

/** Forget the title of the page that is left. The next one sets its own, or says that it failed. */
export function clearTitle(): void {
  document.title = site.name;
}

/** Set the title of a page that failed to load, unless it has one. */
export function setTitleOfFailure(title: string): void {
  if (document.title === site.name) setTitle(title);
}

/** Set the title of the document. Call it in an effect of the page. */
export function setTitle(title: string): void {
  document.title = title ? `${title} · ${site.name}` : site.name;
}
