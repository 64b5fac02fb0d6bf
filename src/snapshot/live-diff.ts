// The changes of a container as `docker diff` has them: the file system before against the one after. Pure.
import { NodeType, compareBytes } from '../tree/layer-tree.ts';
import { type EntryAt } from '../tree/compare.ts';
import { ABSENT, type StackIndex } from '../tree/stack-index.ts';
import type { LiveLayer } from './live-layer.ts';

export interface DiffRow {
  /** Added, changed, deleted. */
  readonly kind: 'A' | 'C' | 'D';
  /** Raw bytes, no leading slash. */
  readonly path: Uint8Array;
}

/**
 * Sorted by path bytes. docker looks at attributes, never at contents, and not at the times of directories; a directory
 * in which anything changed has a row, too, and of a deleted one only itself. The top of `stack` is `live.tree`.
 */
export function dockerDiff(stack: StackIndex, live: LiveLayer): DiffRow[] {
  const kinds = new Map<number, DiffRow['kind']>();
  const { nodes, before, after } = stack.changes(stack.layerCount - 1);
  const gone = new Set<number>();
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!;
    const [old, next] = [before[index]!, after[index]!];
    if (next === ABSENT) {
      gone.add(node);
      const parent = stack.parent[node]!;
      if (!gone.has(parent) && isDirectoryNow(stack, live, parent)) kinds.set(node, 'D');
    } else if (old === ABSENT) kinds.set(node, 'A');
    else if (isDifferent(stack.locateContent(old), stack.locateContent(next))) kinds.set(node, 'C');
  }
  for (const node of Array.from(kinds.keys())) {
    for (let at = stack.parent[node]!; at > 0 && !kinds.has(at); at = stack.parent[at]!) kinds.set(at, 'C');
  }
  kinds.delete(0);
  return Array.from(kinds, ([node, kind]) => ({ kind, path: stack.pathBytes(node) })).sort((a, b) =>
    compareBytes(a.path, b.path),
  );
}

/** Of a path whose children have changed: only something of the R/W layer can be in the place of a directory. */
function isDirectoryNow(stack: StackIndex, live: LiveLayer, node: number): boolean {
  const first = stack.layerStart[stack.layerCount - 1]!;
  const version = stack.versionsOf(node).at(-1)!;
  return version < first || live.tree.type[version - first] === NodeType.dir;
}

function isDifferent({ tree: a, node: m }: EntryAt, { tree: b, node: n }: EntryAt): boolean {
  if (a.type[m] !== b.type[n] || a.mode[m] !== b.mode[n]) return true;
  if (a.uid[m] !== b.uid[n] || a.gid[m] !== b.gid[n]) return true;
  if (capabilityOf({ tree: a, node: m }) !== capabilityOf({ tree: b, node: n })) return true;
  if (b.type[n] === NodeType.dir) return false;
  const [major, minor] = a.device(m);
  const [otherMajor, otherMinor] = b.device(n);
  if (major !== otherMajor || minor !== otherMinor) return true;
  if (a.sizeBytes[m] !== b.sizeBytes[n] || a.mtimeSeconds[m] !== b.mtimeSeconds[n]) return true;
  const [nanos, otherNanos] = [a.mtimeNanos[m]!, b.mtimeNanos[n]!];
  // A time without nanoseconds may have been cut.
  return nanos !== otherNanos && nanos !== 0 && otherNanos !== 0;
}

function capabilityOf({ tree, node }: EntryAt): string | undefined {
  return tree.xattrs(node).find(([name]) => name === 'security.capability')?.[1];
}
