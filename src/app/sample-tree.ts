// The file system of a sample image while it is made, in memory. Instructions change it as a command would, and what
// one instruction changed becomes a layer, with the directories on the way as overlayfs and BuildKit have them.
import type { EntryType } from '../layer/entry.ts';
import type { TarHeader, TarMember } from '../layer/tar-writer.ts';

interface Inode {
  readonly type: 'file' | 'dir' | 'symlink';
  mode: number;
  mtimeSeconds: number;
  /** Content of a file, text of a symlink. */
  readonly data: Uint8Array;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** Paths have no slash in front; the root is the empty one. */
export class SampleTree {
  /** The time of what is done now. */
  nowSeconds: number;
  private readonly inodes = new Map<string, Inode>();
  private before: ReadonlyMap<string, Inode> = new Map();
  private readonly changed = new Set<Inode>();

  constructor(nowSeconds: number) {
    this.nowSeconds = nowSeconds;
    this.inodes.set('', this.inode('dir', 0o755));
  }

  writeFile(path: string, data: Uint8Array, { mode = 0o644, mtimeSeconds = this.nowSeconds } = {}): void {
    this.put(path, { ...this.inode('file', mode, data), mtimeSeconds });
  }

  /** With its parents; a directory that is there stays as it is. */
  makeDirectory(path: string, mode = 0o755): void {
    if (this.inodes.get(path)?.type === 'dir') return;
    this.makeDirectory(parentOf(path));
    this.put(path, this.inode('dir', mode));
  }

  makeSymlink(path: string, text: string): void {
    this.put(path, this.inode('symlink', 0o777, Buffer.from(text)));
  }

  /** A second name for the file at `target`, which goes into the layer again with it. */
  makeHardlink(path: string, target: string): void {
    const inode = this.at(target);
    this.changed.add(inode);
    this.put(path, inode);
  }

  chmod(path: string, mode: number): void {
    const inode = this.at(path);
    inode.mode = mode;
    this.changed.add(inode);
  }

  /** With everything below it. */
  remove(path: string): void {
    for (const below of this.below(path)) this.inodes.delete(below);
    this.touchParent(path);
  }

  move(from: string, to: string): void {
    const inode = this.at(from);
    this.remove(from);
    this.put(to, inode);
  }

  read(path: string): Uint8Array {
    return this.at(path).data;
  }

  /** The path and all paths below it. */
  below(path: string): string[] {
    return [...this.inodes.keys()].filter((other) => other === path || other.startsWith(`${path}/`));
  }

  /** What changed since the last call, in tar order. */
  takeLayer(): TarMember[] {
    const shown = new Set<string>();
    const paths = new Set([...this.before.keys(), ...this.inodes.keys()]);
    for (const path of paths) if (this.isChanged(path)) addWithParents(path, shown);
    const firstNames = new Map<Inode, string>();
    const entries = [...shown].sort(inTarOrder).flatMap((path) => this.entriesOf(path, firstNames));
    this.before = new Map(this.inodes);
    this.changed.clear();
    return entries;
  }

  // ------------------------------------------------------------------ changes

  private inode(type: Inode['type'], mode: number, data = NOTHING): Inode {
    return { type, mode, mtimeSeconds: this.nowSeconds, data };
  }

  private at(path: string): Inode {
    const inode = this.inodes.get(path);
    if (inode === undefined) throw new Error(`the sample has no ${path}`);
    return inode;
  }

  private put(path: string, inode: Inode): void {
    this.makeDirectory(parentOf(path));
    this.inodes.set(path, inode);
    this.touchParent(path);
  }

  private touchParent(path: string): void {
    const parent = this.at(parentOf(path));
    parent.mtimeSeconds = this.nowSeconds;
    this.changed.add(parent);
  }

  // ------------------------------------------------------------------- layers

  private isChanged(path: string): boolean {
    const inode = this.inodes.get(path);
    if (inode === undefined) return this.isWhitedOut(path);
    return path !== '' && (inode !== this.before.get(path) || this.changed.has(inode));
  }

  /** Where the directory itself is new, or is none any more, nothing below needs a mark of its own. */
  private isWhitedOut(path: string): boolean {
    const parent = this.inodes.get(parentOf(path));
    return parent?.type === 'dir' && parent === this.before.get(parentOf(path));
  }

  private entriesOf(path: string, firstNames: Map<Inode, string>): TarMember[] {
    const inode = this.inodes.get(path);
    if (inode === undefined) return [this.mark(`${prefixOf(path)}.wh.${path.slice(prefixOf(path).length)}`)];
    const first = firstNames.get(inode);
    if (first !== undefined) {
      return [{ header: { ...headerOf(path, 'hardlink', inode), linkname: Buffer.from(first) } }];
    }
    if (inode.type === 'file') firstNames.set(inode, path);
    const made = member(path, inode);
    const old = this.before.get(path);
    const isOpaque = inode.type === 'dir' && old?.type === 'dir' && old !== inode;
    return isOpaque ? [made, this.mark(`${path}/.wh..wh..opq`)] : [made];
  }

  private mark(path: string): TarMember {
    return member(path, this.inode('file', 0o644));
  }
}

function headerOf(path: string, type: EntryType, { mode, mtimeSeconds }: Inode): TarHeader {
  return { path: Buffer.from(path), type, mode, mtimeSeconds };
}

function member(path: string, inode: Inode): TarMember {
  const header = headerOf(path, inode.type, inode);
  if (inode.type === 'symlink') return { header: { ...header, linkname: inode.data } };
  return { header: { ...header, sizeBytes: inode.data.length }, body: [inode.data] };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The parent with its slash; empty at the top. */
function prefixOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function addWithParents(path: string, paths: Set<string>): void {
  for (let at = path; at !== '' && !paths.has(at); at = parentOf(at)) paths.add(at);
}

/** A directory before what is in it, and that before its next sibling. */
function inTarOrder(a: string, b: string): number {
  return a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1;
}
