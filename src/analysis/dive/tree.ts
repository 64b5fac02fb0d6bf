// A layer as dive 0.13.1 keeps it: whiteouts are entries of their own (`.wh.name`), a directory without an entry has no
// data, `.wh..wh..opq` is dropped, a hard link weighs nothing. Visited as dive does: children first, by name.
import { type LayerTree, NodeFlag, NodeType, compareBytes } from '../../tree/layer-tree.ts';

const PREFIX = Buffer.from('.wh.');

export type DiveVisitor = (entry: DiveEntry) => boolean;

export interface DiveEntry {
  /** Node of the layer's tree; for a whiteout the node of what it hides. */
  readonly node: number;
  readonly isWhiteout: boolean;
  readonly isLeaf: boolean;
}

/** Bytes that dive sees in an entry. */
export function diveSize(tree: LayerTree, node: number): number {
  return tree.type[node] === NodeType.file && !tree.has(node, NodeFlag.hardlink) ? tree.sizeBytes[node]! : 0;
}

/** The sum that dive calls the size of a layer. */
export function diveLayerSize(tree: LayerTree): number {
  let sum = 0;
  for (let node = 0; node < tree.count; node++) sum += diveSize(tree, node);
  return sum;
}

/** Stops when the visitor returns false. The root is not visited. Iterative: hostile trees are thousands of levels deep. */
export function visitDive(tree: LayerTree, visit: DiveVisitor): void {
  const pending: { entries: readonly DiveEntry[]; at: number }[] = [
    { entries: diveChildren(tree, 0), at: 0 },
  ];
  for (let level = pending.at(-1); level !== undefined; level = pending.at(-1)) {
    const entry = level.entries[level.at];
    if (entry === undefined) {
      pending.pop();
      const parent = pending.at(-1);
      if (parent !== undefined && !visit(parent.entries[parent.at++]!)) return;
    } else if (entry.isLeaf) {
      level.at++;
      if (!visit(entry)) return;
    } else pending.push({ entries: diveChildren(tree, entry.node), at: 0 });
  }
}

/** In the order of their names as dive has them: a whiteout sorts under `.wh.`. */
function diveChildren(tree: LayerTree, directory: number): DiveEntry[] {
  const whiteouts: DiveEntry[] = [];
  const entries: DiveEntry[] = [];
  for (let node = tree.childStart[directory]!; node < tree.childStart[directory + 1]!; node++) {
    const isOnlyWhiteout = tree.type[node] === NodeType.whiteout;
    if (isOnlyWhiteout || tree.has(node, NodeFlag.replaces))
      whiteouts.push({ node, isWhiteout: true, isLeaf: true });
    if (isOnlyWhiteout) continue;
    const isLeaf = tree.childStart[node] === tree.childStart[node + 1];
    entries.push({ node, isWhiteout: false, isLeaf });
  }
  return whiteouts.length === 0 ? entries : mergedByName(tree, whiteouts, entries);
}

function mergedByName(
  tree: LayerTree,
  whiteouts: readonly DiveEntry[],
  entries: readonly DiveEntry[],
): DiveEntry[] {
  const merged: DiveEntry[] = [];
  let at = 0;
  for (const whiteout of whiteouts) {
    const name = Buffer.concat([PREFIX, tree.nameBytes(whiteout.node)]);
    while (at < entries.length && compareBytes(tree.nameBytes(entries[at]!.node), name) < 0)
      merged.push(entries[at++]!);
    merged.push(whiteout);
  }
  return merged.concat(entries.slice(at));
}
