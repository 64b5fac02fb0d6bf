// What one layer did, or several together, seen path by path: columns over all paths of the stack, made when the
// layer is stepped to.
import { indexOfNode } from '../../../tree/sorted-nodes.ts';
import { contentBytes } from '../../../tree/squash-view.ts';
import { ABSENT, type LayerDelta, type StackIndex, Status } from '../../../tree/stack-index.ts';
import { spanChanges } from './span.ts';

/** In `touched`: not in the layer at all. */
export const UNTOUCHED = 0;

export interface ChangeCounts {
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
}

export class FileLens {
  /** -1 is an empty stack, whose lens shows nothing. */
  readonly layer: number;
  /** The newest layer whose work is not shown: the one below `layer` where it is one layer's. */
  readonly since: number;
  readonly delta: LayerDelta;
  /** By path node: 0 where the layer leaves it alone, else the layer's status + 1. */
  readonly touched: Uint8Array;
  readonly counts: ChangeCounts;
  private readonly stack: StackIndex;
  /** Not every mode shows these, and they cost more than all the rest. */
  private own: Float64Array | undefined;
  private sums: { readonly shipped: Float64Array; readonly removed: Float64Array } | undefined;

  constructor(stack: StackIndex, layer: number, since = layer - 1) {
    this.stack = stack;
    this.layer = layer;
    this.since = Math.min(since, layer - 1);
    this.delta = layer < 0 ? EMPTY : changesOf(stack, this.since, layer);
    this.touched = new Uint8Array(stack.count);
    const { nodes, status } = this.delta;
    const tally = [0, 0, 0, 0];
    for (let index = 0; index < nodes.length; index++) {
      this.touched[nodes[index]!] = status[index]! + 1;
      tally[status[index]!]!++;
    }
    this.counts = {
      added: tally[Status.added]!,
      modified: tally[Status.modified]!,
      removed: tally[Status.removed]!,
    };
  }

  /** Index of a path in the delta, or -1. */
  changeOf(node: number): number {
    return indexOfNode(this.delta.nodes, node);
  }

  /** By path node: bytes of the file that the layer brings or takes away there, 0 for directories. */
  get ownBytes(): Float64Array {
    this.own ??= this.readOwn();
    return this.own;
  }

  /** By path node: bytes that the layer ships at and below it, a hard-linked file counted once. */
  get shippedBytes(): Float64Array {
    this.sums ??= this.sumUp();
    return this.sums.shipped;
  }

  /** By path node: bytes that the layer takes out of sight at and below it. */
  get removedBytes(): Float64Array {
    this.sums ??= this.sumUp();
    return this.sums.removed;
  }

  private readOwn(): Float64Array {
    const { nodes, before, after } = this.delta;
    const own = new Float64Array(this.stack.count);
    for (let index = 0; index < nodes.length; index++) {
      const now = after[index]!;
      own[nodes[index]!] = contentBytes(this.stack, now === ABSENT ? before[index]! : now);
    }
    return own;
  }

  private sumUp(): { shipped: Float64Array; removed: Float64Array } {
    const { stack, ownBytes } = this;
    const { nodes, after } = this.delta;
    const shipped = new Float64Array(stack.count);
    const removed = new Float64Array(stack.count);
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index]!;
      const now = after[index]!;
      if (now === ABSENT) removed[node] = ownBytes[node]!;
      else if (!stack.isHardlink(now)) shipped[node] = ownBytes[node]!;
    }
    addUpwards(stack, shipped);
    addUpwards(stack, removed);
    return { shipped, removed };
  }
}

function changesOf(stack: StackIndex, since: number, layer: number): LayerDelta {
  return since === layer - 1 ? stack.changes(layer) : spanChanges(stack, since, layer);
}

const EMPTY: LayerDelta = {
  nodes: new Int32Array(0),
  before: new Int32Array(0),
  after: new Int32Array(0),
  status: new Uint8Array(0),
  reason: new Uint8Array(0),
  cause: new Uint8Array(0),
};

/** Parents have smaller numbers than their children, so one walk from the end adds everything up. */
function addUpwards(stack: StackIndex, column: Float64Array): void {
  const { parent } = stack;
  for (let node = stack.count - 1; node > 0; node--) {
    if (column[node] !== 0) column[parent[node]!]! += column[node]!;
  }
}
