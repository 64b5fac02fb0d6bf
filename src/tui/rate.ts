// How fast bytes come: over the last few seconds, so that a slow start or a pause is soon forgotten.

const WINDOW_MS = 5_000;
/** Closer than this, samples are one. */
const STEP_MS = 200;
/** Before this much time nobody can tell. */
const LEAST_MS = 500;

interface Sample {
  readonly atMs: number;
  readonly doneBytes: number;
}

export class Rate {
  private samples: Sample[] = [];

  /** Times ascend; bytes that are fewer than before begin anew. */
  add(atMs: number, doneBytes: number): void {
    const last = this.samples.at(-1);
    if (last && doneBytes < last.doneBytes) this.samples = [];
    const first = this.samples.length < 2 ? undefined : this.samples.at(-2);
    if (first && atMs - first.atMs < STEP_MS) this.samples.pop();
    this.samples.push({ atMs, doneBytes });
    while (this.samples.length > 2 && atMs - this.samples[1]!.atMs >= WINDOW_MS) this.samples.shift();
  }

  /** Undefined while it is too early to tell. */
  get bytesPerSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.atMs - first.atMs < LEAST_MS) return undefined;
    return ((last.doneBytes - first.doneBytes) * 1000) / (last.atMs - first.atMs);
  }
}
