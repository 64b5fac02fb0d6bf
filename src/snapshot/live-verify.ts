// Whether the columns of a tree fit each other, so that walking it stays inside of them and comes to an end.
import { PhylloError } from '../lib/errors.ts';
import { DIGEST_BYTES, type LayerTree, NodeType } from '../tree/layer-tree.ts';

const MAX_TYPE: number = NodeType.whiteout;

/** Throws `invalid-archive`. */
export function verifyTree(tree: LayerTree): void {
  const { count } = tree;
  const perNode = [
    tree.type,
    tree.flags,
    tree.mode,
    tree.uid,
    tree.gid,
    tree.sizeBytes,
    tree.dataOffset,
    tree.mtimeSeconds,
    tree.mtimeNanos,
    tree.inode,
    tree.xattrSet,
  ];
  check(count > 0 && perNode.every(({ length }) => length === count));
  check(tree.digests.length === 0 || tree.digests.length === count * DIGEST_BYTES);
  checkStarts(tree.nameStart, count, 0, tree.names.length);
  checkStarts(tree.linkStart, count, 0, tree.links.length);
  checkStarts(tree.childStart, count, 1, count);
  check(tree.parent[0] === -1 && tree.type[0] === NodeType.dir);
  checkNodes(tree);
  const { xattrs, devices, sparse, warnings } = tree.facts;
  check(Array.isArray(xattrs) && Array.isArray(warnings) && isRecord(devices) && isRecord(sparse));
  check(tree.xattrSet.every((set) => set <= xattrs.length));
}

/** Every node is a child of the directory before it that says so: there is no circle, and nothing is left out. */
function checkNodes(tree: LayerTree): void {
  for (let node = 0; node < tree.count; node++) {
    check(tree.type[node]! <= MAX_TYPE);
    const start = tree.childStart[node]!;
    const end = tree.childStart[node + 1]!;
    check(start === end || (start > node && tree.type[node] === NodeType.dir));
    for (let child = start; child < end; child++) check(tree.parent[child] === node);
    check(node === 0 || isName(tree.nameBytes(node)));
  }
}

function isName(name: Uint8Array): boolean {
  if (name.length === 0 || name.includes(0) || name.includes(0x2f)) return false;
  return name[0] !== 0x2e || name.length > 2 || (name.length === 2 && name[1] !== 0x2e);
}

function checkStarts(starts: Uint32Array, count: number, first: number, end: number): void {
  check(starts.length === count + 1 && starts[0] === first && starts[count] === end);
  for (let index = 0; index < count; index++) check(starts[index]! <= starts[index + 1]!);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function check(holds: boolean): void {
  if (!holds) throw new PhylloError('invalid-archive', 'read live layer: its columns do not fit each other');
}
