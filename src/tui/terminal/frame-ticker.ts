// Tells the view that something changed, at most once per frame time: making a frame costs milliseconds.
import type { Clock } from './clock.ts';

const FRAME_MS = 16;

export class FrameTicker {
  readonly #clock: Clock;
  readonly #run: () => void;
  #lastAt = -Infinity;
  #waiting = false;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Everything that changes in one turn of the event loop is one frame; the first after a pause comes at once. */
  request(): void {
    if (this.#waiting || this.#stopped) return;
    this.#waiting = true;
    const waitMs = this.#lastAt + FRAME_MS - this.#clock.now();
    if (waitMs <= 0) queueMicrotask(() => this.#tick());
    else this.#cancel = this.#clock.after(waitMs, () => this.#tick());
  }

  #tick(): void {
    this.#waiting = false;
    if (this.#stopped) return;
    this.#lastAt = this.#clock.now();
    this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }
}
