// A file of the image as the merged tree takes it.
import { NodeFlag, NodeType } from '../../tree/layer-tree.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { fromBytes } from './byte-names.ts';
import type { Time } from './inode.ts';
import type { NewInode } from './tree-change.ts';

export interface LowerFile {
  readonly made: NewInode;
  readonly time: Time;
  /** Names of one file in one layer have the same. */
  readonly id: string;
}

/** A hard link to a file that no layer has is empty. */
export function lowerFile(stack: StackIndex, version: number): LowerFile {
  const { layer, tree, node } = stack.locate(version);
  const content = stack.locateContent(version);
  const type = tree.type[node] as NodeType;
  const lost = tree.has(node, NodeFlag.lowerTarget) && content.tree === tree && content.node === node;
  const hasContent = type === NodeType.file && !lost;
  const isDevice = type === NodeType.char || type === NodeType.block;
  const made: NewInode = {
    type,
    mode: tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    link: type === NodeType.symlink ? fromBytes(tree.linkBytes(node)) : '',
    sizeBytes: hasContent ? content.tree.sizeBytes[content.node]! : 0,
    body: hasContent ? { kind: 'lower', version } : { kind: 'empty' },
    ...(isDevice && { device: tree.device(node) }),
    xattrs: tree.xattrs(node),
  };
  const time = [tree.mtimeSeconds[node]!, tree.mtimeNanos[node]!] as const;
  return { made, time, id: `${layer}:${tree.inode[node]!}` };
}
