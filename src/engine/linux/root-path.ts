// What a path inside a container means: links are followed within its root and never out of it, by descriptors that are
// held on every directory of the way. A process inside that swaps directories for links meanwhile changes what is found,
// never where it is looked for.
import { type BigIntStats, readlinkSync } from 'node:fs';
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import { type Directory, latin1, raw } from '../../layer/apply-directory.ts';

/** As in the kernel; a path beyond that is a loop. */
const MAX_LINKS = 40;
const MAX_PATH_BYTES = 64 * 1024;

/** `close` has to be called in the end. */
export interface RootPath {
  /** The directory that it is in; the root for the root itself. */
  readonly parent: Directory;
  /** Its name in there, one character a byte; empty for the root itself. */
  readonly name: string;
  /** Of the entry itself; undefined when there is none. */
  readonly stat: BigIntStats | undefined;
  /** Without links on the way, one character a byte, no leading slash. */
  readonly path: string;
  close(): void;
}

/**
 * `path` as a process with the root directory `root` would find it. The last component may be absent, and is a link
 * itself unless `follow` is asked for or a slash comes after it. Throws `not-found` for a parent that is not there,
 * `invalid-argument` for links in a circle.
 */
export function resolveInRoot(
  root: Directory,
  path: Uint8Array,
  options: { readonly follow?: boolean } = {},
): RootPath {
  const walk = new Walk(root, path);
  try {
    return walk.run(options.follow ?? /\/\.?$/.test(latin1(path)));
  } catch (error) {
    walk.close();
    throw error;
  }
}

interface Step {
  readonly name: string;
  readonly directory: Directory;
}

class Walk {
  private readonly asked: Uint8Array;
  private readonly root: Directory;
  /** Directories from the root down to where we are. */
  private readonly way: Step[] = [];
  /** Components that are still to be entered, the next one last. */
  private readonly left: string[];
  private links = 0;

  constructor(root: Directory, path: Uint8Array) {
    this.asked = path;
    this.root = root.again();
    if (path.length > MAX_PATH_BYTES || path.includes(0)) throw this.refuse('it is no path');
    this.left = components(latin1(path));
  }

  run(follow: boolean): RootPath {
    for (let name = this.left.pop(); name !== undefined; name = this.left.pop()) {
      if (name === '..') {
        this.way.pop()?.directory.close();
        continue;
      }
      const stat = this.here.stat(name);
      const isLast = this.left.length === 0;
      if (stat?.isSymbolicLink() && (follow || !isLast)) this.follow(name);
      else if (isLast && !stat?.isDirectory()) return this.found(name, stat);
      else this.enter(name, stat);
    }
    const last = this.way.pop();
    if (last === undefined) return this.found('', this.root.statSelf());
    const stat = last.directory.statSelf();
    last.directory.close();
    return this.found(last.name, stat);
  }

  close(): void {
    for (const { directory } of this.way.splice(0)) directory.close();
    this.root.close();
  }

  private get here(): Directory {
    return this.way.at(-1)?.directory ?? this.root;
  }

  private enter(name: string, stat: BigIntStats | undefined): void {
    if (stat === undefined) throw this.absent('there is no such file or directory');
    const directory = this.here.child(name);
    if (directory === undefined) throw this.absent('a part of the path is not a directory');
    this.way.push({ name, directory });
  }

  private follow(name: string): void {
    if (++this.links > MAX_LINKS) throw this.refuse('too many links on the way');
    const target = readlinkSync(this.here.at(name), 'buffer').toString('latin1');
    if (target.startsWith('/')) for (const { directory } of this.way.splice(0)) directory.close();
    this.left.push(...components(target));
    if (this.left.length > MAX_PATH_BYTES) throw this.refuse('too many links on the way');
  }

  private found(name: string, stat: BigIntStats | undefined): RootPath {
    const path = [...this.way.map((step) => step.name), ...(name === '' ? [] : [name])].join('/');
    return { parent: this.here, name, stat, path, close: () => this.close() };
  }

  private absent(reason: string): PhylloError {
    return new PhylloError('not-found', `find ${safeBytes(this.asked)}: ${reason}`);
  }

  private refuse(reason: string): PhylloError {
    return new PhylloError('invalid-argument', `find ${safeBytes(this.asked.subarray(0, 1024))}: ${reason}`);
  }
}

/** In reverse, without what changes nothing. */
function components(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}

/** The path of what was found, for calls that do not follow links. */
export function placeOf({ parent, name }: RootPath): Buffer {
  return name === '' ? parent.inside : parent.at(name);
}

/** As a process inside names it, raw bytes. */
export function absolutePath({ path }: RootPath): Buffer {
  return raw(`/${path}`);
}
