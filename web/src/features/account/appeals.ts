/** What admits to a sanction without a session: the fragment of a link from a mail, or of a refused sign-in. */

import type { Schemas } from '../../api/client';

export interface Admission {
  expires?: number;
  signature?: string;
}

/** Return the parameters of the API in a fragment; none if it has no complete signature. */
export function admissionOf(hash: string): Admission {
  const told = new URLSearchParams(hash.slice(1));
  const [expires, signature] = [Number(told.get('expires')), told.get('signature') ?? ''];
  return Number.isInteger(expires) && expires > 0 && signature !== '' ? { expires, signature } : {};
}

/** Return the address of a page about a sanction, if the link that an answer or an address gives is one. */
export function appealPageOf(link: string | null | undefined): string | null {
  return link && /^\/appeal\/[0-9a-f-]{36}(#[\w=&-]*)?$/.test(link) ? link : null;
}

/** Return the text about who decided on an item that is taken down: a program, a person, or one after the other. */
export function decisionOf(item: Pick<Schemas['TakenDown'], 'automated' | 'automation'>) {
  if (item.automated) return 'appeal.found.program';
  return item.automation === null ? 'appeal.found.person' : 'appeal.found.programFirst';
}
