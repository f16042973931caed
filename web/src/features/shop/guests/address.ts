/** Typing errors in the domain of an address, which would send a link to nobody. */

/** Domains that many addresses have. */
const KNOWN = [
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'outlook.de',
  'outlook.fr',
  'outlook.es',
  'hotmail.com',
  'hotmail.de',
  'hotmail.fr',
  'hotmail.es',
  'live.com',
  'yahoo.com',
  'yahoo.de',
  'yahoo.fr',
  'yahoo.es',
  'icloud.com',
  'me.com',
  'proton.me',
  'protonmail.com',
  'gmx.de',
  'gmx.net',
  'gmx.at',
  'gmx.ch',
  'web.de',
  't-online.de',
  'posteo.de',
  'mailbox.org',
  'bluewin.ch',
  'orange.fr',
  'free.fr',
  'laposte.net',
  'sfr.fr',
  'telefonica.net',
];

/** Return the address that was probably meant; null if nothing is wrong with it. */
export function findMeant(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (at < 1 || domain.length < 5 || KNOWN.includes(domain)) return null;
  const meant = KNOWN.find((known) => known.length > 6 && isClose(domain, known));
  return meant === undefined ? null : `${address.slice(0, at)}@${meant}`;
}

/** Whether two texts differ by one letter that is missing, added, wrong, or swapped with the next. */
export function isClose(one: string, other: string): boolean {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
