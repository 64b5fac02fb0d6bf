// Type and mode of an entry as `ls -l` prints them. Pure.
import { NodeType } from './layer-tree.ts';

const TYPE_LETTERS: Readonly<Record<number, string>> = {
  [NodeType.file]: '-',
  [NodeType.dir]: 'd',
  [NodeType.symlink]: 'l',
  [NodeType.char]: 'c',
  [NodeType.block]: 'b',
  [NodeType.fifo]: 'p',
  [NodeType.whiteout]: '-',
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
