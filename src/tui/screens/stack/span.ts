// What several layers together did: the difference between two prefixes of a stack, as if one layer had made it. Pure.
import { compareEntries } from '../../../tree/compare.ts';
import { ABSENT, type LayerDelta, type StackIndex, Status } from '../../../tree/stack-index.ts';

/** Of the layers above `from`, up to and with `upto`; -1 is below all of them. */
export function spanChanges(stack: StackIndex, from: number, upto: number): LayerDelta {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (let layer = from + 1; layer <= upto; layer++) {
    const { nodes, before, after } = stack.changes(layer);
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index]!;
      if (!first.has(node)) first.set(node, before[index]!);
      last.set(node, after[index]!);
    }
  }
  // What came and went between the two is seen in neither.
  const nodes = Int32Array.from(first.keys())
    .filter((node) => first.get(node) !== last.get(node))
    .sort();
  const before = nodes.map((node) => first.get(node)!);
  const after = nodes.map((node) => last.get(node)!);
  const reason = Uint8Array.from(nodes, (_, index) => reasonOf(stack, before[index]!, after[index]!));
  return {
    nodes,
    before,
    after,
    status: reason.map((bits, index) => statusOf(before[index]!, after[index]!, bits)),
    reason,
    cause: new Uint8Array(nodes.length),
  };
}

function reasonOf(stack: StackIndex, before: number, after: number): number {
  if (before === ABSENT || after === ABSENT) return 0;
  return compareEntries(stack.locateContent(before), stack.locateContent(after));
}

function statusOf(before: number, after: number, reason: number): Status {
  if (before === ABSENT) return Status.added;
  if (after === ABSENT) return Status.removed;
  return reason === 0 ? Status.unchanged : Status.modified;
}
