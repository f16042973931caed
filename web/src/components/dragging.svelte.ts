/** Rows that are dragged by a handle, by mouse, pen or finger. Near its edges the list scrolls by itself. */

import type { Attachment } from 'svelte/attachments';

const EDGE_PX = 48;
const STEP_PX = 12;

export class Dragging {
  /** The place of the row that is dragged. */
  from = $state<number | null>(null);
  /** The place that it would take. */
  over = $state<number | null>(null);
  readonly #move: (from: number, to: number) => void;
  #list: HTMLElement | null = null;
  #y = 0;
  #frame = 0;

  constructor(move: (from: number, to: number) => void) {
    this.#move = move;
  }

  /** For the list, whose rows have `data-index`. */
  readonly attach: Attachment<HTMLElement> = (list) => {
    this.#list = list;
    return () => this.#end();
  };

  /** Return the classes of a row: what is dragged, and where it would go. */
  looksOf(index: number): Record<string, boolean> {
    const { from, over } = this;
    return { dragged: from === index, over: over === index && from !== index, below: from !== null && from < index };
  }

  readonly start = (event: PointerEvent, index: number): void => {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    [this.from, this.over, this.#y] = [index, index, event.clientY];
    handle.onpointermove = (moved) => {
      this.#y = moved.clientY;
      this.#find();
    };
    handle.onpointerup = () => this.#drop();
    handle.onpointercancel = handle.onlostpointercapture = () => this.#end();
    this.#frame = requestAnimationFrame(() => this.#scroll());
  };

  #drop(): void {
    const { from, over } = this;
    this.#end();
    if (from !== null && over !== null && from !== over) this.#move(from, over);
  }

  #end(): void {
    cancelAnimationFrame(this.#frame);
    this.from = this.over = null;
  }

  /** Find the row under the pointer; beyond the ends, it is the first or the last. */
  #find(): void {
    if (this.from === null || !this.#list) return;
    const rows = [...this.#list.querySelectorAll<HTMLElement>('[data-index]')];
    const row = rows.find((each) => this.#y < each.getBoundingClientRect().bottom) ?? rows.at(-1);
    if (row) this.over = Number(row.dataset['index']);
  }

  #scroll(): void {
    if (this.from === null) return;
    const view = findScrolling(this.#list);
    const { top, bottom } = view?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
    const step = this.#y < top + EDGE_PX ? -STEP_PX : this.#y > bottom - EDGE_PX ? STEP_PX : 0;
    if (step !== 0) (view ?? document.scrollingElement)?.scrollBy(0, step);
    this.#find();
    this.#frame = requestAnimationFrame(() => this.#scroll());
  }
}

/** Return what a list scrolls in; null if that is the page. */
function findScrolling(element: HTMLElement | null): HTMLElement | null {
  let found = element;
  while (found && !/auto|scroll/.test(getComputedStyle(found).overflowY)) found = found.parentElement;
  return found;
}
