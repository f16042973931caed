/** Asks again and again for something that changes without the reader, until it has settled. */

export interface Watched {
  /** Ask once more, at once. */
  now: () => void;
  stop: () => void;
}

const FIRST_MS = 600;
const MAX_MS = 10_000;

/** Return how long to wait before the next question: longer each time, up to ten seconds. */
export function pauseAfter(asked: number): number {
  return Math.min(FIRST_MS * 1.3 ** asked, MAX_MS);
}

/** Call `ask` after growing pauses while it returns true. A failure counts as true: it may pass. */
export function watch(ask: () => Promise<boolean>): Watched {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [asked, isOver] = [0, false];

  async function run(): Promise<void> {
    const goesOn = await ask().catch(() => true);
    if (goesOn && !isOver) timer = setTimeout(() => void run(), pauseAfter(asked++));
  }

  timer = setTimeout(() => void run(), pauseAfter(0));
  return {
    now: () => {
      clearTimeout(timer);
      asked = 0;
      if (!isOver) void run();
    },
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
