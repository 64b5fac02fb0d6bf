// What one layer did, seen path by path: columns over all paths of the stack, made once when the layer is stepped to.
import { contentBytes } from '../../../tree/squash-view.ts';
import { ABSENT, type LayerDelta, type StackIndex, Status } from '../../../tree/stack-index.ts';

/** Not in the layer at all; else `Status` + 1. */
export const UNTOUCHED = 0;

export interface FileLens {
  readonly layer: number;
  readonly delta: LayerDelta;
  /** By path node: UNTOUCHED, or the layer's status + 1. */
  readonly touched: Uint8Array;
  /** By path node: bytes that the layer ships at and below it, a hard-linked file counted once. */
  readonly shippedBytes: Float64Array;
  /** By path node: bytes that the layer takes out of sight at and below it. */
  readonly removedBytes: Float64Array;
  readonly counts: { readonly added: number; readonly modified: number; readonly removed: number };
}

/** `layer` -1 is an empty stack, whose lens shows nothing. */
export function fileLens(stack: StackIndex, layer: number): FileLens {
  const delta = layer < 0 ? EMPTY : stack.changes(layer);
  const touched = new Uint8Array(stack.count);
  const shippedBytes = new Float64Array(stack.count);
  const removedBytes = new Float64Array(stack.count);
  const tally = [0, 0, 0, 0];
  for (let index = 0; index < delta.nodes.length; index++) {
    const node = delta.nodes[index]!;
    const status = delta.status[index]!;
    touched[node] = status + 1;
    tally[status]!++;
    const after = delta.after[index]!;
    if (after === ABSENT) removedBytes[node] = contentBytes(stack, delta.before[index]!);
    else if (!stack.isHardlink(after)) shippedBytes[node] = contentBytes(stack, after);
  }
  sumUpwards(stack, shippedBytes, removedBytes);
  const counts = {
    added: tally[Status.added]!,
    modified: tally[Status.modified]!,
    removed: tally[Status.removed]!,
  };
  return { layer, delta, touched, shippedBytes, removedBytes, counts };
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
function sumUpwards(stack: StackIndex, ...columns: readonly Float64Array[]): void {
  for (let node = stack.count - 1; node > 0; node--) {
    const parent = stack.parent[node]!;
    for (const column of columns) if (column[node] !== 0) column[parent]! += column[node]!;
  }
}
