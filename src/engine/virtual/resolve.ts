// What a path inside a virtual container means: links are followed there and never out of its root, as a kernel does.
import { NodeType } from '../../tree/layer-tree.ts';
import { failure } from './errno.ts';
import type { Inode, Name } from './inode.ts';
import type { MergedTree } from './merged-tree.ts';

const MAX_LINKS = 40;
const MAX_PATH_BYTES = 4096;

/** Who asks. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [] };

export const MAY = { execute: 1, write: 2, read: 4 } as const;

export function isAllowed(inode: Inode, who: Credentials, bits: number): boolean {
  if (who.uid === 0) return true;
  const isGroup = inode.gid === who.gid || who.groups.includes(inode.gid);
  const shift = inode.uid === who.uid ? 6 : isGroup ? 3 : 0;
  return ((inode.mode >> shift) & bits) === bits;
}

export interface Place {
  readonly directory: Name;
  /** Last component; empty for the root. */
  readonly last: string;
  /** What is there. */
  readonly name: Name | undefined;
}

/** The last component may be absent. Throws an errno failure for anything else that is not right. */
export function resolvePlace(tree: MergedTree, path: string, who: Credentials, follow: boolean): Place {
  if (path.length > MAX_PATH_BYTES) throw failure('ENAMETOOLONG', path.slice(0, 100));
  if (path.includes('\0')) throw failure('EINVAL', path);
  const left = partsOf(path);
  let at: Name = tree.root;
  let links = 0;
  for (;;) {
    const part = left.pop();
    if (part === undefined) return { directory: at.parent ?? at, last: at.name, name: at };
    if (at.inode.type !== NodeType.dir) throw failure('ENOTDIR', path);
    if (!isAllowed(at.inode, who, MAY.execute)) throw failure('EACCES', path);
    if (part === '..') {
      at = at.parent ?? at;
      continue;
    }
    const next = tree.child(at, part);
    const isLast = left.length === 0;
    if (next === undefined) {
      if (!isLast) throw failure('ENOENT', path);
      return { directory: at, last: part, name: undefined };
    }
    if (next.inode.type !== NodeType.symlink || (isLast && !follow)) {
      if (isLast) return { directory: at, last: part, name: next };
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) throw failure('ELOOP', path);
    const { link } = next.inode;
    if (link === '') throw failure('ENOENT', path);
    left.push(...partsOf(link));
    if (link.startsWith('/')) at = tree.root;
  }
}

/** Last first; a slash at the end asks for a directory, which `.` does too. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}
