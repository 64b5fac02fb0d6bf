// A file of the image as the merged tree takes it.
import { NodeFlag, NodeType } from '../../tree/layer-tree.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { fromBytes } from './byte-names.ts';
import type { Time } from './inode.ts';
import type { NewInode } from './tree-change.ts';

/** A hard link to a file that no layer has is empty. */
export function lowerFile(stack: StackIndex, version: number): { made: NewInode; time: Time } {
  const { tree, node } = stack.locate(version);
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
  return { made, time: [tree.mtimeSeconds[node]!, tree.mtimeNanos[node]!] };
}
