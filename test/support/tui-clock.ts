// The real clock, with an eye on its timers: tells when nothing is due any more.
import { type Clock, systemClock } from '../../src/tui/terminal/clock.ts';

/** Longer timers wait for somebody else (answers, the rest of a sequence), not for the next frame. */
const SOON_MS = 200;

export class WatchedClock implements Clock {
  #soon = 0;
  #waiting: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  after(delayMs: number, run: () => void): () => void {
    if (delayMs > SOON_MS) return systemClock.after(delayMs, run);
    this.#soon++;
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      if (--this.#soon === 0) for (const go of this.#waiting.splice(0)) go();
    };
    const cancel = systemClock.after(delayMs, () => {
      run();
      close();
    });
    return () => {
      cancel();
      close();
    };
  }

  get isQuiet(): boolean {
    return this.#soon === 0;
  }

  /** Resolves when nothing is due soon. */
  quiet(): Promise<void> {
    return this.isQuiet ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
