// What was read of an upperdir as a LiveLayer.
import { NodeFlag, NodeType, type LayerTree } from '../tree/layer-tree.ts';
import type { Draft } from '../tree/draft.ts';
import { packTree } from '../tree/pack.ts';
import { XattrSets } from '../tree/xattr-sets.ts';
import { raw } from '../layer/apply-directory.ts';
import type { LiveLayer } from './live-layer.ts';
import type { UpperEntry } from './upper-entry.ts';
import type { UpperDirectory } from './upper-directory.ts';
import { hasAttributesOf } from './upper-lowers.ts';
import type { UpperReader } from './upper-reader.ts';

/** `movedFrom` tells paths with one character a byte. */
export function liveLayerOf(
  reader: UpperReader,
  movedFrom: ReadonlyMap<UpperEntry, string> = new Map(),
): LiveLayer {
  const putBack = detachStubs(reader);
  const xattrs = numberDrafts(reader);
  const tree = packTree(reader.root.entry.draft, {
    uncompressedBytes: 0,
    xattrs: xattrs.list,
    warnings: reader.warnings,
  });
  putBack();
  const live = { tree, changedBytes: new Map<number, number>(), movedFrom: new Map<number, Uint8Array>() };
  if (!reader.hasCompared && movedFrom.size === 0) return live;
  eachEntry(tree, reader.root, (node, entry) => {
    if (entry.changedBytes !== undefined) live.changedBytes.set(node, entry.changedBytes);
    const from = movedFrom.get(entry);
    if (from !== undefined) live.movedFrom.set(node, raw(from));
  });
  return live;
}

function eachEntry(
  tree: LayerTree,
  root: UpperDirectory,
  visit: (node: number, entry: UpperEntry) => void,
): void {
  const names = Buffer.from(tree.names.buffer, tree.names.byteOffset, tree.names.length);
  const directories: (UpperDirectory | undefined)[] = [root];
  for (let node = 1; node < tree.count; node++) {
    const parent = directories[tree.parent[node]!]!;
    const name = names.toString('latin1', tree.nameStart[node], tree.nameStart[node + 1]);
    visit(node, parent.entries.get(name)!);
    if (tree.type[node] === NodeType.dir) directories[node] = parent.directories.get(name);
  }
}

/** Numbers of inodes and xattr sets belong to one tree. */
function numberDrafts(reader: UpperReader): XattrSets {
  const xattrSets = new XattrSets();
  numberRoot(reader, xattrSets);
  let inodes = 1;
  for (const directory of reader.walk()) {
    for (const { draft, xattrs } of directory.entries.values()) {
      if (draft.type === NodeType.whiteout) continue;
      draft.inode = ++inodes;
      draft.flags &= ~NodeFlag.hardlink;
      draft.xattrSet = xattrSets.add(xattrs);
    }
  }
  for (const names of reader.names.values()) {
    if (names.length > 1 && names[0]!.draft.type !== NodeType.whiteout) joinNames(names, reader);
  }
  return xattrSets;
}

function joinNames(names: readonly UpperEntry[], reader: UpperReader): void {
  const sorted = names.toSorted((a, b) => comparePaths(pathOf(a, reader), pathOf(b, reader)));
  for (const { draft } of sorted.slice(1)) {
    draft.inode = sorted[0]!.draft.inode;
    draft.flags |= NodeFlag.hardlink;
  }
}

export function pathOf(entry: UpperEntry, reader: UpperReader): readonly string[] {
  return [...reader.placeOf.get(entry)!.path, entry.draft.name];
}

/** The order in which a layer tar has them. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((name, index) => name !== b[index]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined || a[at]! > b[at] ? 1 : -1;
}

/** The root is always there: it is an entry of the layer only where its attributes are not those of the image. */
function numberRoot({ root, lowers }: UpperReader, xattrSets: XattrSets): void {
  const { draft, xattrs } = root.entry;
  const stat = lowers.statRoot();
  const differs = stat !== undefined && !hasAttributesOf(draft, stat);
  draft.inode = 1;
  draft.xattrSet = xattrSets.add(xattrs);
  draft.flags = differs ? draft.flags & ~NodeFlag.implicit : draft.flags | NodeFlag.implicit;
}

/**
 * Takes away what the runtime made for itself, and directories that are only there to hold it: in which nothing else is, and
 * which the image does not have, or has just so.
 * Returns what puts them back.
 */
function detachStubs(reader: UpperReader): () => void {
  const detached: (readonly [parent: Draft, stub: Draft])[] = [];
  const deepestFirst = reader.excluded.map((path) => path.split('/').filter(Boolean));
  for (const path of deepestFirst.sort((a, b) => b.length - a.length)) {
    for (let length = path.length; length > 0; length--) {
      const parent = directoryAt(reader.root, path.slice(0, length - 1));
      const entry = parent?.entries.get(path[length - 1]!);
      if (parent === undefined || entry === undefined) continue;
      const { draft } = entry;
      const isPicked = length === path.length;
      if (!isStub(entry) || (!isPicked && !onlyHoldsStubs(entry))) break;
      if (parent.entry.draft.children?.delete(draft.name) === true)
        detached.push([parent.entry.draft, draft]);
    }
  }
  return () => detached.forEach(([parent, stub]) => parent.add(stub));
}

function onlyHoldsStubs({ draft, covered }: UpperEntry): boolean {
  if (draft.children === undefined || covered === undefined) return false;
  return covered === null || (covered.stat.isDirectory() && hasAttributesOf(draft, covered.stat));
}

function isStub({ draft }: UpperEntry): boolean {
  if (draft.type === NodeType.file) return draft.sizeBytes === 0;
  return draft.type === NodeType.dir && (draft.children?.size ?? 0) === 0;
}

function directoryAt(root: UpperDirectory, path: readonly string[]): UpperDirectory | undefined {
  let at: UpperDirectory | undefined = root;
  for (const name of path) at = at?.directories.get(name);
  return at;
}
