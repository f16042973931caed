/** What admits to a sanction without a session: the fragment of a link from a mail, or of a refused sign-in. */

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
