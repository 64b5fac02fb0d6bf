// Packs a grown tree of drafts into the columns of a LayerTree.
import type { Draft } from './draft.ts';
import {
  DIGEST_BYTES,
  LayerTree,
  type LayerTreeFacts,
  NodeFlag,
  NodeType,
  TREE_VERSION,
} from './layer-tree.ts';
import { ColumnBuffer } from './layout.ts';

/** Breadth first, each directory's children sorted by name bytes. */
function order(root: Draft): { drafts: Draft[]; parents: number[]; childStart: number[] } {
  const drafts = [root];
  const parents = [-1];
  const childStart: number[] = [];
  for (let index = 0; index < drafts.length; index++) {
    childStart.push(drafts.length);
    const children = drafts[index]!.children;
    if (children === undefined) continue;
    for (const child of [...children.values()].sort(byName)) {
      drafts.push(child);
      parents.push(index);
    }
  }
  childStart.push(drafts.length);
  return { drafts, parents, childStart };
}

function byName(a: Draft, b: Draft): number {
  return a.name < b.name ? -1 : 1;
}

export function packTree(
  root: Draft,
  known: Pick<LayerTreeFacts, 'diffID' | 'uncompressedBytes' | 'xattrs' | 'warnings'>,
): LayerTree {
  const { drafts, parents, childStart } = order(root);
  const count = drafts.length;
  const nameBytes = drafts.reduce((sum, draft) => sum + draft.name.length, 0);
  const linkBytes = drafts.reduce((sum, draft) => sum + draft.link.length, 0);
  const anyHash = drafts.some((draft) => draft.digest !== undefined);
  const columns = ColumnBuffer.allocate<LayerTreeFacts>(
    TREE_VERSION,
    [
      ['parent', 'i32', count],
      ['childStart', 'u32', count + 1],
      ['nameStart', 'u32', count + 1],
      ['names', 'u8', nameBytes],
      ['type', 'u8', count],
      ['flags', 'u8', count],
      ['mode', 'u16', count],
      ['uid', 'u32', count],
      ['gid', 'u32', count],
      ['sizeBytes', 'f64', count],
      ['dataOffset', 'f64', count],
      ['mtimeSeconds', 'f64', count],
      ['mtimeNanos', 'u32', count],
      ['linkStart', 'u32', count + 1],
      ['links', 'u8', linkBytes],
      ['inode', 'u32', count],
      ['xattrSet', 'u32', count],
      ['digests', 'u8', anyHash ? count * DIGEST_BYTES : 0],
    ],
    { ...known, ...summarise(drafts) },
  );
  const tree = new LayerTree(columns);
  tree.parent.set(parents);
  tree.childStart.set(childStart);
  fill(tree, drafts);
  return tree;
}

function fill(tree: LayerTree, drafts: readonly Draft[]): void {
  let nameAt = 0;
  let linkAt = 0;
  for (let node = 0; node < drafts.length; node++) {
    const draft = drafts[node]!;
    const { name, link } = draft;
    tree.nameStart[node] = nameAt;
    for (let index = 0; index < name.length; index++) tree.names[nameAt++] = name.charCodeAt(index);
    tree.linkStart[node] = linkAt;
    if (link.length > 0) tree.links.set(link, linkAt);
    linkAt += link.length;
    tree.type[node] = draft.type;
    tree.flags[node] = draft.flags;
    tree.mode[node] = draft.mode;
    tree.uid[node] = draft.uid;
    tree.gid[node] = draft.gid;
    tree.sizeBytes[node] = draft.sizeBytes;
    tree.dataOffset[node] = draft.dataOffset;
    tree.mtimeSeconds[node] = draft.mtimeSeconds;
    tree.mtimeNanos[node] = draft.mtimeNanos;
    tree.inode[node] = draft.inode;
    tree.xattrSet[node] = draft.xattrSet;
    if (draft.digest) tree.digests.set(draft.digest, node * DIGEST_BYTES);
  }
  tree.nameStart[drafts.length] = nameAt;
  tree.linkStart[drafts.length] = linkAt;
}

type Summary = Pick<
  LayerTreeFacts,
  'contentBytes' | 'files' | 'directories' | 'whiteouts' | 'hashed' | 'devices' | 'sparse'
>;

function summarise(drafts: readonly Draft[]): Summary {
  const devices: Record<string, readonly [number, number]> = {};
  const sparse: Record<string, (readonly [number, number])[]> = {};
  let contentBytes = 0;
  let directories = 0;
  let whiteouts = 0;
  let hashed = true;
  const linked = new Set<number>();
  drafts.forEach((draft, node) => {
    if (draft.device) devices[node] = draft.device;
    if (draft.sparse) sparse[node] = draft.sparse.map(({ offset, length }) => [offset, length] as const);
    if (draft.type === NodeType.dir) directories++;
    else if (draft.type === NodeType.whiteout) whiteouts++;
    if (draft.type !== NodeType.file || (draft.flags & NodeFlag.lowerTarget) !== 0) return;
    hashed &&= draft.digest !== undefined;
    if (linked.has(draft.inode)) return;
    linked.add(draft.inode);
    contentBytes += draft.sizeBytes;
  });
  const files = drafts.length - directories - whiteouts;
  return { contentBytes, files, directories, whiteouts, hashed, devices, sparse };
}
