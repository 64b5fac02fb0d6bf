// A directory held open: its entries are named relative to it, so no link on the way to it can lead elsewhere, not even
// one that is swapped in while we work. Calls are synchronous: one costs microseconds, a promise around it ten times that.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { PhylloError, isSystemError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';

/** Linux: names the directory without opening it for reading. Node has no name for this flag. */
const O_PATH = 0o10000000;
const OWNER_ALL = 0o700n;

/**
 * On Linux `/proc/self/fd/N/name` stands for openat(N, name). Elsewhere a directory is kept by its path, and every
 * component is looked at before it is entered.
 */
export class Directory {
  private readonly fd: number | undefined;
  private readonly base: string;

  private constructor(base: string, fd: number | undefined) {
    this.base = base;
    this.fd = fd;
  }

  /** The top of a tree. Links in `path` are followed: it is the caller's own choice, not an image's. */
  static open(path: string, byDescriptor = existsSync('/proc/self/fd')): Directory {
    return Directory.hold(Buffer.from(path).toString('latin1'), byDescriptor, 0);
  }

  /** `base` is a path with one character a byte. */
  private static hold(base: string, byDescriptor: boolean, flags: number): Directory {
    if (!byDescriptor) return new Directory(base, undefined);
    const fd = openSync(raw(base), O_PATH | constants.O_DIRECTORY | flags);
    return new Directory(`/proc/self/fd/${fd}`, fd);
  }

  /** The same directory once more, to be closed on its own. */
  again(): Directory {
    return Directory.hold(`${this.base}/.`, this.fd !== undefined, 0);
  }

  /** The path of an entry for a system call that does not follow links. Throws `path-escape` for `..` and its like. */
  at(name: string): Buffer {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw new PhylloError('path-escape', `enter ${safeBytes(raw(name))}: this is not the name of an entry`);
    }
    return raw(`${this.base}/${name}`);
  }

  /** The path of the directory itself, for any call; it takes the right to search the directory. */
  get inside(): Buffer {
    return raw(`${this.base}/.`);
  }

  /** The same for calls that follow links, without that right. */
  private get self(): Buffer {
    return raw(this.base);
  }

  /** undefined when there is no directory of that name; a link to one is none. */
  child(name: string): Directory | undefined {
    if (this.fd === undefined && !this.stat(name)?.isDirectory()) return undefined;
    try {
      return Directory.hold(this.at(name).toString('latin1'), this.fd !== undefined, constants.O_NOFOLLOW);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isSystemError(error, code))) return undefined;
      throw error;
    }
  }

  /** Of the entry itself, never of what a link points to; undefined when there is none. */
  stat(name: string): BigIntStats | undefined {
    return lstatSync(this.at(name), { bigint: true, throwIfNoEntry: false });
  }

  statSelf(): BigIntStats {
    return this.fd === undefined
      ? lstatSync(this.self, { bigint: true })
      : fstatSync(this.fd, { bigint: true });
  }

  /** Names with one character a byte, sorted as their bytes are. */
  names(): string[] {
    const names = readdirSync(this.inside, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    return names.sort(byCodeUnits);
  }

  make(name: string): void {
    mkdirSync(this.at(name), 0o700);
  }

  /** Removes an entry with everything below it; links are removed, not followed. */
  remove(name: string): void {
    const stat = this.stat(name);
    if (stat === undefined) return;
    if (!stat.isDirectory()) return unlinkSync(this.at(name));
    const levels: Level[] = [];
    try {
      enter(this, name, levels);
      while (levels.length > 0) removeNext(levels);
    } finally {
      for (const { directory } of levels) directory.close();
    }
  }

  /** A directory that its owner may not write to can still be changed by its owner: after this. */
  unlock(): void {
    const { mode } = this.statSelf();
    if ((mode & OWNER_ALL) !== OWNER_ALL) chmodSync(this.self, Number(mode & 0o7777n) | 0o700);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}

/** A directory that is being emptied. */
interface Level {
  readonly parent: Directory;
  readonly name: string;
  readonly directory: Directory;
  left: string[];
}

function enter(parent: Directory, name: string, levels: Level[]): void {
  const directory = parent.child(name);
  if (directory === undefined) return unlinkSync(parent.at(name));
  const level: Level = { parent, name, directory, left: [] };
  levels.push(level);
  directory.unlock();
  level.left = directory.names();
}

/** One step of an emptying that needs no recursion: hostile trees are thousands of levels deep. */
function removeNext(levels: Level[]): void {
  const { parent, name, directory, left } = levels.at(-1)!;
  const next = left.pop();
  if (next === undefined) {
    levels.pop();
    directory.close();
    rmdirSync(parent.at(name));
  } else if (directory.stat(next)?.isDirectory()) enter(directory, next, levels);
  else unlinkSync(directory.at(next));
}

/** Bytes of a name or path that has one character a byte. */
export function raw(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}
