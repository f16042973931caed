/** Long lists: only the rows near the visible part of the page are in the document. */

import { untrack } from 'svelte';

export interface Range {
  from: number;
  to: number;
}

// Up to so many rows are all there: find-in-page and printing see them.
const ALL = 150;
// Beyond the visible rows, for quick scrolling and for the next press of Tab.
const SPARE = 20;
// A row that has the focus, or is dragged, stays that far from the others.
const MAX_REACH = 400;
// Until a row has been measured.
const FIRST_HEIGHT_PX = 60;

/** Return which of `count` rows are shown, as the list begins at `top` px below the visible part of the page. */
export function rangeOf(count: number, height: number, top: number, visible: number, kept: number | null): Range {
  if (count <= ALL) return { from: 0, to: count };
  const first = Math.floor(-top / height) - SPARE;
  const last = Math.ceil((visible - top) / height) + SPARE;
  let from = Math.max(0, Math.min(first, count - 2 * SPARE));
  let to = Math.max(from + 1, Math.min(count, Math.max(last, 2 * SPARE)));
  if (kept !== null && kept < count) {
    if (kept < from && from - kept < MAX_REACH) from = kept;
    if (kept >= to && kept - to < MAX_REACH) to = kept + 1;
  }
  return { from, to };
}

/** The shown rows of a list that is as long as `count` says. */
export class VisibleRows {
  #range = $state.raw<Range>({ from: 0, to: ALL });
  #height = $state(FIRST_HEIGHT_PX);
  #list: HTMLElement | null = null;
  #dragged: number | null = null;
  readonly #count: () => number;

  constructor(count: () => number) {
    this.#count = count;
  }

  get from(): number {
    return Math.min(this.#range.from, this.#count());
  }

  get to(): number {
    return this.#count() <= ALL ? this.#count() : Math.min(this.#range.to, this.#count());
  }

  /** The px that the rows before and after would take. */
  get before(): number {
    return this.from * this.#height;
  }

  get after(): number {
    return (this.#count() - this.to) * this.#height;
  }

  /** Keep the row that is dragged in the document; null lets it go. */
  keep(index: number | null): void {
    this.#dragged = index;
    // An effect that calls this follows what is dragged, not each change of the rows.
    untrack(() => this.#update());
  }

  /** Follow the page as it scrolls. Attached to the list, whose children are the rows. */
  readonly attach = (list: HTMLElement): (() => void) => {
    this.#list = list;
    let frame = 0;
    const later = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        this.#update();
      });
    };
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    later();
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  };

  #update(): void {
    const list = this.#list;
    if (!list) return;
    const height = (list.firstElementChild as HTMLElement | null)?.offsetHeight;
    if (height) this.#height = height;
    const { from, to } = rangeOf(
      this.#count(),
      this.#height,
      list.getBoundingClientRect().top,
      innerHeight,
      this.#dragged ?? this.#findFocused(list),
    );
    if (from !== this.#range.from || to !== this.#range.to) this.#range = { from, to };
  }

  #findFocused(list: HTMLElement): number | null {
    if (!list.contains(document.activeElement)) return null;
    return this.from + [...list.children].findIndex((row) => row.contains(document.activeElement));
  }
}
