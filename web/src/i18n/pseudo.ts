/** English that is laid out from right to left, for tests. */

import type { Catalogue, Message } from './format';

/** Return messages whose lines run to the left. */
export function write(catalogue: Catalogue | undefined): Catalogue {
  return Object.fromEntries(Object.entries(catalogue ?? {}).map(([key, message]) => [key, turn(message)]));
}

function turn(message: Message): Message {
  if (typeof message === 'string') return turnText(message);
  return Object.fromEntries(Object.entries(message).map(([form, text]) => [form, turnText(text)]));
}

/** Letters stay readable: only the order of what stands beside each other is turned, by invisible marks. */
function turnText(text: string): string {
  return `\u2067${text}\u200f\u2069`;
}
