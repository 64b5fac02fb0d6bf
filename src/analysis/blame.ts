// Blame: which layers touched a path, and what each did to it. Pure.
import { contentBytes } from '../tree/squash-view.ts';
import { ABSENT, type StackIndex, type Status } from '../tree/stack-index.ts';

export interface Touch {
  readonly layer: number;
  /** `unchanged` is a path that was written again as it was. */
  readonly status: Status;
  /** Bits of `Reason`, of a modified path. */
  readonly reason: number;
  /** Versions below the layer and from it on; ABSENT where the path was not there. */
  readonly before: number;
  readonly after: number;
  /** Bytes of the file that the layer wrote; of a removed one, what it had. */
  readonly sizeBytes: number;
}

/** Base first. A layer that left the path alone is not in it. */
export function touchesOf(stack: StackIndex, node: number): Touch[] {
  const touches: Touch[] = [];
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const index = stack.changeOf(layer, node);
    if (index < 0) continue;
    const changes = stack.changes(layer);
    const before = changes.before[index]!;
    const after = changes.after[index]!;
    // What came and went within one layer was never seen.
    if (before === ABSENT && after === ABSENT) continue;
    touches.push({
      layer,
      status: changes.status[index] as Status,
      reason: changes.reason[index]!,
      before,
      after,
      sizeBytes: contentBytes(stack, after === ABSENT ? before : after),
    });
  }
  return touches;
}
