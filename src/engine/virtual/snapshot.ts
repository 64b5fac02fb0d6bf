// The changes that make a tree's R/W layer from nothing, each path once: what a long journal is replaced by.
import { NodeType } from '../../tree/layer-tree.ts';
import { ABSENT } from '../../tree/stack-index.ts';
import { type Inode, type Name, pathOf } from './inode.ts';
import { type MergedTree, sortedNames } from './merged-tree.ts';
import type { Change } from './tree-change.ts';

export function* snapshotOf(tree: MergedTree): Generator<Change> {
  const firstNames = new Map<Inode, string>();
  if (tree.root.upper) yield* directory(tree, tree.root, firstNames);
}

function* directory(tree: MergedTree, top: Name, firstNames: Map<Inode, string>): Generator<Change> {
  const path = pathOf(top);
  const { time } = top.inode;
  const inside = path === '' ? '' : `${path}/`;
  for (const name of [...top.hidden].sort()) yield { op: 'remove', path: `${inside}${name}`, time };
  for (const name of sortedNames(top.children?.values() ?? [])) {
    if (!name.upper) continue;
    if (name.inode.type === NodeType.dir && name.lower !== ABSENT) {
      yield { op: 'copy', path: pathOf(name) };
    } else {
      yield* made(tree, top, name, firstNames);
    }
    if (name.inode.type === NodeType.dir) yield* directory(tree, name, firstNames);
  }
  // Last: what came to be in it has changed its time.
  const { mode, uid, gid } = top.inode;
  yield { op: 'set', path, set: { mode, uid, gid, time } };
}

function* made(
  tree: MergedTree,
  parent: Name,
  name: Name,
  firstNames: Map<Inode, string>,
): Generator<Change> {
  const path = pathOf(name);
  const { inode } = name;
  const { time } = inode;
  if (tree.covered(parent, name.name) !== ABSENT) yield { op: 'remove', path, time };
  const first = firstNames.get(inode);
  if (first !== undefined) {
    yield { op: 'link', path, time, from: first };
    return;
  }
  if (inode.names > 1) firstNames.set(inode, path);
  const { type, mode, uid, gid, link, device, body, sizeBytes, xattrs } = inode;
  yield {
    op: 'add',
    path,
    time,
    made: {
      type,
      mode,
      uid,
      gid,
      link,
      ...(device && { device }),
      body,
      sizeBytes,
      xattrs,
      ...(name.movedFrom !== undefined && { movedFrom: name.movedFrom }),
    },
  };
}
