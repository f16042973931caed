/** Broadcasts as their pages show them. */

import type { Schemas } from '../../../api/client';
import { formatDate } from '../../../i18n/format';
import { formatTime } from '../../../i18n/times';

export type Broadcast = Schemas['MailBroadcast'];
export type Audience = Schemas['Audience'];

export const AUDIENCES: readonly Audience[] = ['followers', 'subscribers', 'buyers', 'members', 'all'];
export const MAX_SUBJECT = 150;
export const MAX_TEXT = 20_000;

/** The colour of a badge, by what became of a broadcast. */
export const TONES: Readonly<Record<Broadcast['status'], string>> = {
  draft: 'line',
  scheduled: 'warn',
  sending: 'warn',
  sent: 'ok',
  cancelled: 'line',
};

/** Return a time with its day. */
export function formatMoment(iso: string, language: string): string {
  return `${formatDate(iso, language)}, ${formatTime(iso, language)}`;
}

/** Return how much of a broadcast is done, from 0 to 1; none of one without recipients. */
export function shareDone({ recipients, sent, refused, left_out }: Broadcast): number {
  return recipients === 0 ? 0 : (sent + refused + left_out) / recipients;
}

/**
 * Show a mail as it arrives, apart from the styles of the page. Styles are set by script, as the
 * policy of the pages takes no others; nothing else of a mail has an effect.
 */
export function showMail(host: HTMLElement, html: string): void {
  const mail = new DOMParser().parseFromString(html, 'text/html');
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([...mail.querySelectorAll('style')].map((each) => each.textContent).join('\n'));
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(copy(mail.body));
}

const KEPT = ['class', 'lang', 'dir', 'href', 'role', 'width', 'height', 'alt', 'align', 'valign', 'cellpadding', 'cellspacing', 'border'];

function copy(from: Element): HTMLElement {
  const made = document.createElement(from.localName === 'body' ? 'div' : from.localName);
  for (const name of KEPT) {
    const value = from.getAttribute(name);
    if (value !== null) made.setAttribute(name, value);
  }
  if (made instanceof HTMLAnchorElement) [made.target, made.rel] = ['_blank', 'noopener noreferrer'];
  if (made instanceof HTMLImageElement) made.src = pathOf((from as HTMLImageElement).src);
  made.style.cssText = from.getAttribute('style') ?? '';
  for (const child of from.childNodes) {
    made.append(child instanceof Element ? copy(child) : document.createTextNode(child.textContent ?? ''));
  }
  return made;
}

/** Pictures of mails are of this server, under whatever name the page is open. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
