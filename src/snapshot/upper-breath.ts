// Long work on a thread that has other things to do: it stops for breath every few milliseconds.
import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 8;

export class Breath {
  private readonly sliceMs: number;
  private since = performance.now();

  constructor(sliceMs = SLICE_MS) {
    this.sliceMs = sliceMs;
  }

  get isDue(): boolean {
    return performance.now() - this.since >= this.sliceMs;
  }

  /** Lets everything else have its turn. */
  async take(): Promise<void> {
    await setImmediate();
    this.since = performance.now();
  }
}
