/** The title of the page, which screen readers hear after a navigation. */

const SITE = 'Veza';

/** Set the title of the document. Call it in an effect of the page. */
export function setTitle(title: string): void {
  document.title = title ? `${title} · ${SITE}` : SITE;
}
