// A directory tree that entries are written into, by paths relative to its root. Nothing is ever written, removed or
// linked outside of it: every component is entered by hand and no link is followed, whoever made it. Paths are strings
// with one character a byte.
import {
  type BigIntStats,
  constants,
  linkSync,
  openSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { platform } from 'node:process';
import { PhylloError, isSystemError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { type Attributes, type Metadata, type Node, metadataOf } from './apply-attributes.ts';
import { Directory, raw } from './apply-directory.ts';
import { NewFile } from './apply-file.ts';

/** `replace`: the tree is made of layers, the newer entry wins. `protect`: it is the user's, who may have links in it. */
export type Conflicts = 'replace' | 'protect';

/** What a directory has that no entry describes. */
const IMPLIED: Metadata = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0, mtimeNanos: 0, xattrs: undefined };

const CREATE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

interface Place {
  readonly directory: Directory;
  readonly name: string;
}

export class TargetTree {
  private readonly root: Directory;
  private readonly conflicts: Conflicts;
  private readonly attributes: Attributes;
  private readonly implied: ReadonlyMap<string, Metadata>;
  /** The directories on the way to the one entered last, the root left out. */
  private readonly way: { readonly path: string; readonly directory: Directory }[] = [];
  /** What directories get in the end: writing into them changes their times and takes an open mode. */
  private readonly unsettled = new Map<string, Metadata>();
  /** Devices that could not be made: other names of theirs cannot be made either. */
  readonly leftOut = new Set<string>();

  /** `implied` tells what directories have that no entry describes, where that is not the usual. */
  constructor(
    root: string,
    conflicts: Conflicts,
    attributes: Attributes,
    implied: ReadonlyMap<string, Metadata> = new Map(),
  ) {
    this.root = Directory.open(root);
    this.conflicts = conflicts;
    this.attributes = attributes;
    this.implied = implied;
  }

  putDirectory(path: string, metadata: Metadata): void {
    if (path === '') return this.describe(path, metadata);
    const { directory, name } = this.parent(path);
    const wasThere = !this.makeDirectory(directory, name, path);
    if (wasThere && this.conflicts === 'protect') return;
    if (wasThere) this.enter(path);
    this.describe(path, metadata);
  }

  /** Has to be finished or discarded before the next call. */
  createFile(path: string): NewFile {
    const { directory, name } = this.parent(path);
    const fd = this.create(directory, name, path, (place) => openSync(place, CREATE, 0o600));
    return new NewFile({ path, place: directory.at(name), fd }, this.attributes);
  }

  putSymlink(path: string, metadata: Metadata, text: Uint8Array): void {
    const { directory, name } = this.parent(path);
    this.create(directory, name, path, (place) => symlinkSync(Buffer.from(text), place));
    this.attributes.apply({ path, place: directory.at(name), kind: 'link' }, metadata);
  }

  /** False when nothing at `target` can have another name. `from` is the tree that has it: this one, or one beside it. */
  putHardlink(path: string, target: string, from: Directory = this.root): boolean {
    const parent = findDirectory(from, parentOf(target));
    if (parent === undefined) return false;
    try {
      const name = nameOf(target);
      const stat = parent.stat(name);
      if (stat === undefined || stat.isDirectory()) return false;
      if (path !== target || from !== this.root) this.link(path, parent.at(name), stat);
      return true;
    } catch (error) {
      // The target lay below the directory that the link replaced, or has become a directory for the link.
      if (isSystemError(error, 'ENOENT') || parent.stat(nameOf(target))?.isDirectory()) return false;
      throw error;
    } finally {
      parent.close();
    }
  }

  private link(path: string, target: Buffer, stat: BigIntStats): void {
    const { directory, name } = this.parent(path);
    // Only Linux links to a symlink itself; elsewhere the link would be followed, so it is made again.
    const copies = stat.isSymbolicLink() && platform !== 'linux';
    this.create(directory, name, path, (place) =>
      copies ? symlinkSync(readlinkSync(target, 'buffer'), place) : linkSync(target, place),
    );
  }

  /** A device or a named pipe. It is left out, with a warning, where the system or our rights do not allow it. */
  putNode(path: string, metadata: Metadata, node: Node): void {
    const { directory, name } = this.parent(path);
    if (directory.stat(name)) this.makeRoom(directory, name, path, false);
    const subject = { path, place: directory.at(name), kind: 'node' } as const;
    if (this.attributes.makeNode(subject, node)) this.attributes.apply(subject, metadata);
    else this.leftOut.add(path);
  }

  /** For overlayfs: hides what lower layers have at a path where this tree has nothing. */
  putWhiteout(path: string): void {
    const { directory, name } = this.parent(path);
    this.attributes.makeWhiteout(directory.at(name));
  }

  /** For overlayfs: hides what lower layers have in a directory; nothing happens where there is none. */
  markOpaque(path: string, xattr: string): void {
    const directory = this.enterIfThere(path);
    if (directory) this.attributes.markOpaque(directory.inside, xattr);
  }

  /** The directory is there after that, with what it lacks of parents. */
  imply(path: string): void {
    this.enter(path);
  }

  remove(path: string): void {
    const { directory, name } = this.parent(path);
    directory.remove(name);
  }

  isDirectory(path: string): boolean {
    return path === '' || (this.parent(path).directory.stat(nameOf(path))?.isDirectory() ?? false);
  }

  /** Names in a directory that is there. */
  names(path: string): string[] {
    return this.enter(path).names();
  }

  /** Sets what a directory gets in the end, in place of what it has; without metadata, what an implied one has. */
  describe(path: string, metadata: Metadata = this.implied.get(path) ?? IMPLIED): void {
    this.unsettled.set(path, metadata);
  }

  /** Gives all directories their attributes, the deepest first. Nothing may be written after that. */
  settle(): void {
    const paths = [...this.unsettled.keys()].sort((a, b) => (a < b ? 1 : -1));
    for (const path of paths) {
      const directory = this.enterIfThere(path);
      if (directory === undefined) continue;
      this.attributes.apply({ path, place: directory.inside, kind: 'directory' }, this.unsettled.get(path)!);
    }
    this.unsettled.clear();
  }

  close(): void {
    this.leaveUnless(() => false);
    this.root.close();
  }

  // ------------------------------------------------------------ the way there

  /** The directory that `path` is in, made with its parents where it is not there. */
  private parent(path: string): Place {
    return { directory: this.enter(parentOf(path)), name: nameOf(path) };
  }

  private enter(path: string): Directory {
    return this.walk(
      path,
      (parent, name, at) => parent.child(name) ?? this.implyDirectory(parent, name, at),
    )!;
  }

  private enterIfThere(path: string): Directory | undefined {
    return this.walk(path, (parent, name) => parent.child(name));
  }

  /** Entries come grouped by directory: the part of the way that is the same as last time is kept open. */
  private walk(
    path: string,
    next: (parent: Directory, name: string, path: string) => Directory | undefined,
  ): Directory | undefined {
    this.leaveUnless((at) => path === at || path.startsWith(`${at}/`));
    for (;;) {
      const { path: at, directory } = this.way.at(-1) ?? { path: '', directory: this.root };
      this.open(at, directory);
      if (at === path) return directory;
      const start = at === '' ? 0 : at.length + 1;
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      const found = next(directory, path.slice(start, end), path.slice(0, end));
      if (found === undefined) return undefined;
      this.way.push({ path: path.slice(0, end), directory: found });
    }
  }

  private leaveUnless(isOnTheWay: (path: string) => boolean): void {
    while (this.way.length > 0 && !isOnTheWay(this.way.at(-1)!.path)) this.way.pop()!.directory.close();
  }

  /** Remembers what a directory had before we write into it, and makes that possible for its owner. */
  private open(path: string, directory: Directory): void {
    if (this.conflicts === 'protect' || this.unsettled.has(path)) return;
    this.unsettled.set(path, metadataOf(directory.statSelf()));
    directory.unlock();
  }

  private implyDirectory(parent: Directory, name: string, path: string): Directory {
    this.makeDirectory(parent, name, path);
    this.describe(path);
    const made = parent.child(name);
    if (made) return made;
    throw new PhylloError('path-escape', `enter ${shown(path)}: something else took its place`);
  }

  // -------------------------------------------------------------- making room

  /** False when there was one already. */
  private makeDirectory(parent: Directory, name: string, path: string): boolean {
    for (;;) {
      try {
        parent.make(name);
        return true;
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error;
        if (parent.stat(name)?.isDirectory()) return false;
        this.makeRoom(parent, name, path, true);
      }
    }
  }

  private create<Result>(
    parent: Directory,
    name: string,
    path: string,
    make: (place: Buffer) => Result,
  ): Result {
    const place = parent.at(name);
    try {
      return make(place);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
    this.makeRoom(parent, name, path, false);
    return make(place);
  }

  /** Removes what is in the way. In a tree of the user's only a file or link that gives way to a file or link. */
  private makeRoom(parent: Directory, name: string, path: string, forDirectory: boolean): void {
    if (this.conflicts === 'replace') {
      this.leaveUnless((at) => at !== path && !at.startsWith(`${path}/`));
      return parent.remove(name);
    }
    const stat = parent.stat(name);
    if (forDirectory && stat?.isSymbolicLink()) {
      throw new PhylloError('path-escape', `write ${shown(path)}: a link is in the place of this directory`, {
        hint: 'Links in the destination are not followed. Choose another destination, or remove the link.',
      });
    }
    if (forDirectory || stat?.isDirectory()) {
      const what = forDirectory
        ? 'a file is in the place of this directory'
        : 'a directory is in the place of this file';
      throw new PhylloError('already-exists', `write ${shown(path)}: ${what}`, {
        hint: 'Choose another destination, or remove what is there.',
      });
    }
    unlinkSync(parent.at(name));
  }
}

/** A handle of its own on a directory that is there. */
function findDirectory(root: Directory, path: string): Directory | undefined {
  let directory: Directory | undefined = root.again();
  for (const name of path === '' ? [] : path.split('/')) {
    const child: Directory | undefined = directory.child(name);
    directory.close();
    if (child === undefined) return undefined;
    directory = child;
  }
  return directory;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function shown(path: string): string {
  return safeBytes(raw(path));
}
