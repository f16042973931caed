/** Counts seconds down, such as those until a request may be sent again. */
export class Countdown {
  /** Whole seconds that are left. */
  left = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Begin; `done` is called at the end. The clock decides: timers stop in tabs in the background. */
  start(seconds: number, done: () => void = () => undefined): void {
    this.stop();
    const end = Date.now() + seconds * 1000;
    this.left = Math.ceil(seconds);
    this.#timer = setInterval(() => {
      this.left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      if (this.left > 0) return;
      this.stop();
      done();
    }, 250);
  }

  /** End without calling `done`. */
  stop(): void {
    clearInterval(this.#timer);
    this.left = 0;
  }
}
