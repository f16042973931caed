/** Data that pages load: what arrived, that it is on its way, or why it failed. */

import { asApiError } from './errors';

/** One answer of the server. */
export class Loaded<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  isLoading = $state(true);
  readonly #fetch: () => Promise<T>;
  #latest = 0;

  constructor(fetch: () => Promise<T>, known?: T) {
    this.#fetch = fetch;
    if (known === undefined) return;
    this.data = known;
    this.isLoading = false;
  }

  /** Whether there is something to show: an answer, or why there is none. */
  get isSettled(): boolean {
    return this.data !== null || this.error !== null;
  }

  /** Load, or load again. What is there stays until the answer, an error too. A later call supersedes this one. */
  readonly run = async (): Promise<void> => {
    const mine = ++this.#latest;
    this.isLoading = true;
    try {
      const data = await this.#fetch();
      if (mine === this.#latest) [this.data, this.error] = [data, null];
    } catch (error) {
      if (mine === this.#latest) this.error = toShown(error);
    }
    if (mine === this.#latest) this.isLoading = false;
  };
}

/** Start loading when a component is created, unless the answer is known. */
export function load<T>(fetch: () => Promise<T>, known?: T): Loaded<T> {
  const loaded = new Loaded(fetch, known);
  if (known === undefined) void loaded.run();
  return loaded;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

interface Made<T> {
  item: T;
  isSame(each: T): boolean;
}

function putFirst<T>(items: T[], { item, isSame }: Made<T>): T[] {
  return [item, ...items.filter((each) => !isSame(each))];
}

/** A list that is loaded page by page. */
export class Listed<T> {
  items = $state.raw<T[]>([]);
  error = $state.raw<unknown>(null);
  isLoading = $state(false);
  /** Whether the end of the list was reached. */
  isComplete = $state(false);
  #next: string | null = null;
  #latest = 0;
  /** What was made while a page is on its way. */
  #made: Made<T>[] = [];
  readonly #fetch: (cursor: string | undefined) => Promise<Page<T>>;

  constructor(fetch: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  /** Load the next page. Does nothing while one is being loaded, or at the end. */
  readonly more = async (): Promise<void> => {
    if (!this.isLoading && !this.isComplete) await this.#load();
  };

  /** Load the first page again, in place of all that is there, which stays until the answer. A page on its way is ignored. */
  again(): Promise<void> {
    this.#next = null;
    this.isComplete = false;
    return this.#load();
  }

  /**
   * Show an item that was just made before all others, in place of its former state. A page on its way may have been
   * read before it was made, and some lists leave out what is the reader's own: it is shown first after that, too.
   */
  prepend(item: T, isSame: (each: T) => boolean): void {
    this.items = putFirst(this.items, { item, isSame });
    if (this.isLoading) this.#made.push({ item, isSame });
  }

  async #load(): Promise<void> {
    const mine = ++this.#latest;
    const after = this.#next;
    this.isLoading = true;
    try {
      const page = await this.#fetch(after ?? undefined);
      if (mine !== this.#latest) return;
      this.items = this.#made.reduce(putFirst, after ? [...this.items, ...page.items] : page.items);
      this.#made = [];
      this.#next = page.next;
      this.isComplete = page.next === null;
      this.error = null;
    } catch (error) {
      if (mine !== this.#latest) return;
      this.error = toShown(error);
    }
    this.isLoading = false;
  }
}

/** Start loading a list when a component is created. */
export function list<T>(fetch: (cursor: string | undefined) => Promise<Page<T>>): Listed<T> {
  const listed = new Listed(fetch);
  void listed.more();
  return listed;
}

function toShown(error: unknown): unknown {
  try {
    return asApiError(error);
  } catch {
    // A mistake of ours: shown to the reader as one of the server, and to developers as what it is.
    console.error(error);
    return error;
  }
}
