// How far reading the layers of an image has got.
import type { IndexProgress } from './services.ts';

const PROGRESS_EVERY_MS = 100;

/** Adds up the progress of the layers and tells it at most every 100 ms, the end always. */
export class ProgressMeter {
  private readonly totals: readonly number[];
  private readonly done: number[];
  private layersDone = 0;
  private lastTold = 0;
  private readonly listeners = new Set<(progress: IndexProgress) => void>();

  constructor(totals: readonly number[]) {
    this.totals = totals;
    this.done = totals.map(() => 0);
  }

  /** For another round over the layers that are marked; the rest counts as done. */
  restart(again: readonly boolean[]): void {
    again.forEach((isAgain, index) => (this.done[index] = isAgain ? 0 : this.totals[index]!));
    this.layersDone = again.filter((isAgain) => !isAgain).length;
  }

  update(index: number, doneBytes: number): void {
    this.done[index] = doneBytes;
    if (performance.now() - this.lastTold >= PROGRESS_EVERY_MS) this.tell();
  }

  finish(index: number): void {
    this.done[index] = this.totals[index]!;
    this.layersDone++;
    if (this.layersDone === this.totals.length || performance.now() - this.lastTold >= PROGRESS_EVERY_MS)
      this.tell();
  }

  subscribe(listener: (progress: IndexProgress) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    this.lastTold = performance.now();
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const progress = {
      layersDone: this.layersDone,
      layersTotal: this.totals.length,
      doneBytes: sum(this.done),
      totalBytes: sum(this.totals),
    };
    for (const listener of this.listeners) listener(progress);
  }
}
