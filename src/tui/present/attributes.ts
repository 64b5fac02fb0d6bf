// Mode, owner and time of an entry as `ls -l` prints them. Pure.
import { type LayerTree, NodeFlag, NodeType } from '../../tree/layer-tree.ts';

const TYPE_LETTERS: Readonly<Record<number, string>> = {
  [NodeType.file]: '-',
  [NodeType.dir]: 'd',
  [NodeType.symlink]: 'l',
  [NodeType.char]: 'c',
  [NodeType.block]: 'b',
  [NodeType.fifo]: 'p',
  [NodeType.whiteout]: '-',
};

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'directory',
  [NodeType.symlink]: 'symbolic link',
  [NodeType.char]: 'character device',
  [NodeType.block]: 'block device',
  [NodeType.fifo]: 'named pipe',
  [NodeType.whiteout]: 'whiteout',
};

const SETUID = 0o4000;
const SETGID = 0o2000;
const STICKY = 0o1000;

/** `-rwsr-xr-x` */
export function modeText(type: number, mode: number): string {
  const letter = TYPE_LETTERS[type] ?? '?';
  return (
    letter +
    triad(mode >> 6, (mode & SETUID) !== 0, 's') +
    triad(mode >> 3, (mode & SETGID) !== 0, 's') +
    triad(mode, (mode & STICKY) !== 0, 't')
  );
}

function triad(bits: number, special: boolean, letter: string): string {
  const execute = (bits & 1) !== 0;
  const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-';
  return ((bits & 4) === 0 ? '-' : 'r') + ((bits & 2) === 0 ? '-' : 'w') + last;
}

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
