// Comparing two entries: why one counts as a modification of the other. Pure.
import { type LayerTree, NodeFlag, NodeType, compareBytes } from './layer-tree.ts';
import { Reason } from './stack-index.ts';

export interface EntryAt {
  readonly tree: LayerTree;
  readonly node: number;
}

/**
 * Reason bits for `after` replacing `before`; 0 when nothing differs. `contentUnknown` stands where sizes are equal
 * but a digest is missing on either side.
 */
export function compareEntries(before: EntryAt, after: EntryAt): number {
  const { tree: a, node: m } = before;
  const { tree: b, node: n } = after;
  let reason = 0;
  if (a.mode[m] !== b.mode[n]) reason |= Reason.mode;
  if (a.uid[m] !== b.uid[n] || a.gid[m] !== b.gid[n]) reason |= Reason.owner;
  if (a.mtimeSeconds[m] !== b.mtimeSeconds[n] || a.mtimeNanos[m] !== b.mtimeNanos[n]) reason |= Reason.mtime;
  if (!sameXattrs(before, after)) reason |= Reason.xattr;
  if (a.type[m] !== b.type[n]) return reason | Reason.type;
  return reason | compareBodies(before, after);
}

function compareBodies(before: EntryAt, after: EntryAt): number {
  switch (after.tree.type[after.node]) {
    case NodeType.file:
      return compareFiles(before, after);
    case NodeType.symlink:
      return compareBytes(before.tree.linkBytes(before.node), after.tree.linkBytes(after.node)) === 0
        ? 0
        : Reason.linkname;
    case NodeType.char:
    case NodeType.block: {
      const [major, minor] = before.tree.device(before.node);
      const [otherMajor, otherMinor] = after.tree.device(after.node);
      return major === otherMajor && minor === otherMinor ? 0 : Reason.content;
    }
    default:
      return 0;
  }
}

function compareFiles({ tree: a, node: m }: EntryAt, { tree: b, node: n }: EntryAt): number {
  if (a.has(m, NodeFlag.lowerTarget) || b.has(n, NodeFlag.lowerTarget)) return Reason.contentUnknown;
  if (a.sizeBytes[m] !== b.sizeBytes[n]) return Reason.content;
  if (a.sizeBytes[m] === 0) return 0;
  const digest = a.digestBytes(m);
  const other = b.digestBytes(n);
  if (digest === undefined || other === undefined) return Reason.contentUnknown;
  return compareBytes(digest, other) === 0 ? 0 : Reason.content;
}

function sameXattrs(before: EntryAt, after: EntryAt): boolean {
  const a = before.tree.xattrs(before.node);
  const b = after.tree.xattrs(after.node);
  return (
    a.length === b.length &&
    a.every(([name, value], index) => b[index]![0] === name && b[index]![1] === value)
  );
}
