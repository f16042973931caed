/** Addresses of the console: filters and pages are in the query, so that whatever is seen can be linked to. */

/** How many entries a page of a list has. */
export const LIMIT = 30;

/**
 * Return an address with some parameters of its query changed; empty ones are left out.
 *
 * A change of a filter leads to the first page.
 */
export function addressWith(path: string, query: URLSearchParams, changes: Readonly<Record<string, string | null>>): string {
  const changed = new URLSearchParams(query);
  if (!('page' in changes || 'cursor' in changes)) for (const name of ['page', 'cursor']) changed.delete(name);
  for (const [name, value] of Object.entries(changes)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  const text = changed.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Return the number of the page that an address asks for, from 1. */
export function pageOf(query: URLSearchParams): number {
  const page = Number(query.get('page') ?? 1);
  return Number.isInteger(page) && page > 0 ? page : 1;
}

/** Return the parameters of a list that is read by rows. */
export function rowsOf(query: URLSearchParams): { limit: number; offset: number } {
  return { limit: LIMIT, offset: (pageOf(query) - 1) * LIMIT };
}

/** Return the parameters of a list that is read by cursors. */
export function cursorOf(query: URLSearchParams): { limit: number; cursor: string | null } {
  return { limit: LIMIT, cursor: query.get('cursor') };
}

/** Return the choice that an address makes, or the one that holds if it makes none that exists. */
export function choiceOf<T extends string>(query: URLSearchParams, name: string, choices: readonly T[], otherwise: T): T {
  return choices.find((each) => each === query.get(name)) ?? otherwise;
}

/** Return the parameters of an address that are not empty, of these names. */
export function textsOf<N extends string>(query: URLSearchParams, names: readonly N[]): Partial<Record<N, string>> {
  const found: Partial<Record<N, string>> = {};
  for (const name of names) {
    const text = query.get(name)?.trim();
    if (text) found[name] = text;
  }
  return found;
}

/** Return the moment that a field for local times contains as the API wants it, null if it is empty. */
export function momentOf(local: string): string | null {
  const date = new Date(local);
  return local === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
