// Collects what one layer after the other does to each path, as the columns that StackIndex keeps.
import { ABSENT, Cause } from './stack-index.ts';

export interface Verdict {
  readonly status: number;
  readonly reason: number;
}

export class DeltaRecorder {
  /** For each path: where this layer noted it, plus one; 0 when it did not. */
  private readonly noted: Int32Array;
  private paths: number[] = [];
  private before: number[] = [];
  private cause: number[] = [];
  private readonly layers: {
    nodes: Int32Array;
    before: Int32Array;
    after: Int32Array;
    status: Uint8Array;
    reason: Uint8Array;
    cause: Uint8Array;
  }[] = [];

  constructor(pathCount: number) {
    this.noted = new Int32Array(pathCount);
  }

  /** Called before each change of a path; only the first call of a layer counts. */
  note(path: number, before: number, cause: number): void {
    if (this.noted[path] !== 0) return;
    this.before.push(before);
    this.cause.push(cause);
    this.noted[path] = this.paths.push(path);
  }

  /** `current` is the state after the layer. */
  finishLayer(current: Int32Array, judge: (before: number, after: number) => Verdict): void {
    const nodes = Int32Array.from(this.paths).sort();
    const length = nodes.length;
    const layer = {
      nodes,
      before: new Int32Array(length),
      after: new Int32Array(length),
      status: new Uint8Array(length),
      reason: new Uint8Array(length),
      cause: new Uint8Array(length),
    };
    for (let index = 0; index < length; index++) {
      const path = nodes[index]!;
      const at = this.noted[path]! - 1;
      const before = this.before[at]!;
      const after = current[path]!;
      const { status, reason } = judge(before, after);
      layer.before[index] = before;
      layer.after[index] = after;
      layer.status[index] = status;
      layer.reason[index] = reason;
      layer.cause[index] = causeOf(before, after, this.cause[at]!);
      this.noted[path] = 0;
    }
    this.layers.push(layer);
    this.paths = [];
    this.before = [];
    this.cause = [];
  }

  columns(): { start: Uint32Array } & (typeof this.layers)[number] {
    const start = new Uint32Array(this.layers.length + 1);
    this.layers.forEach(({ nodes }, layer) => (start[layer + 1] = start[layer]! + nodes.length));
    const total = start[this.layers.length]!;
    const all = {
      start,
      nodes: new Int32Array(total),
      before: new Int32Array(total),
      after: new Int32Array(total),
      status: new Uint8Array(total),
      reason: new Uint8Array(total),
      cause: new Uint8Array(total),
    };
    this.layers.forEach((layer, index) => {
      const at = start[index]!;
      all.nodes.set(layer.nodes, at);
      all.before.set(layer.before, at);
      all.after.set(layer.after, at);
      all.status.set(layer.status, at);
      all.reason.set(layer.reason, at);
      all.cause.set(layer.cause, at);
    });
    return all;
  }
}

/** A path that is back in the same layer was overwritten, whatever hid the lower one first. */
function causeOf(before: number, after: number, noted: number): number {
  if (before === ABSENT) return Cause.none;
  return after === ABSENT ? noted : Cause.overwritten;
}
