// Type, owner and time of an entry in words. Pure.
import { type LayerTree, NodeFlag, NodeType } from '../../tree/layer-tree.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'directory',
  [NodeType.symlink]: 'symbolic link',
  [NodeType.char]: 'character device',
  [NodeType.block]: 'block device',
  [NodeType.fifo]: 'named pipe',
  [NodeType.whiteout]: 'whiteout',
};

export function ownerText(tree: LayerTree, node: number): string {
  return `${tree.uid[node]}:${tree.gid[node]}`;
}

export function typeName(tree: LayerTree, node: number): string {
  const name = TYPE_NAMES[tree.type[node]!] ?? 'entry';
  return tree.has(node, NodeFlag.hardlink) ? `${name}, hard link` : name;
}

/** `2024-04-22 08:00` in UTC: images are the same everywhere. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return 'no valid time';
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
