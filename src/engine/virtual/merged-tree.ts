// The merged tree of a virtual container: the image's names, loaded where somebody looks, with the R/W layer over them by
// overlayfs's rules. It changes by `Change`s alone, which are the journal's records too: replaying them gives the same tree.
import { NodeType, compareBytes, findChild } from '../../tree/layer-tree.ts';
import { ABSENT } from '../../tree/stack-index.ts';
import { fromBytes, toBytes } from './byte-names.ts';
import { failure } from './errno.ts';
import type { Body, Inode, Name, Time } from './inode.ts';
import type { Lower } from './lower.ts';
import { lowerFile } from './lower-file.ts';
import type { Change, NewInode } from './tree-change.ts';

const MAX_NAME_BYTES = 255;

export class MergedTree {
  readonly lower: Lower;
  readonly root: Name;
  private inodes = 0;
  /** Names in the R/W layer. */
  private upperNames = 0;
  private readonly onFreed: (inode: Inode) => void;

  /** `onFreed` hears of contents that no name has any more. */
  constructor(lower: Lower, onFreed: (inode: Inode) => void) {
    this.lower = lower;
    this.onFreed = onFreed;
    const version = lower.view.version[0]!;
    const inode =
      version === ABSENT
        ? this.makeInode({ type: NodeType.dir, mode: 0o755, uid: 0, gid: 0 }, [0, 0])
        : this.lowerInode(version);
    this.root = newName('', undefined, inode, { lower: 0 });
  }

  get upperCount(): number {
    return this.upperNames;
  }

  childrenOf(directory: Name): Map<string, Name> {
    directory.children ??= this.loadChildren(directory);
    return directory.children;
  }

  child(directory: Name, name: string): Name | undefined {
    return this.childrenOf(directory).get(name);
  }

  /** No links are followed. */
  at(path: string): Name | undefined {
    let at: Name | undefined = this.root;
    for (const part of path === '' ? [] : path.split('/')) at = at && this.child(at, part);
    return at;
  }

  /** The version below that a name covers or would cover, ABSENT when there is none. */
  covered(directory: Name, name: string): number {
    if (directory.lower === ABSENT) return ABSENT;
    const node = findChild(directory.lower, toBytes(name), this.lower.stack);
    return node < 0 ? ABSENT : this.lower.view.version[node]!;
  }

  /** Directories of our own that no image has; not part of the R/W layer. */
  mount(name: string, mode: number): Name {
    const inode = this.makeInode({ type: NodeType.dir, mode, uid: 0, gid: 0 }, [0, 0]);
    return this.addVolatile(this.root, name, inode, new Map());
  }

  addVolatile(parent: Name, name: string, inode: Inode, children?: Map<string, Name>): Name {
    const made = newName(name, parent, inode, { volatile: true, children });
    this.childrenOf(parent).set(name, made);
    return made;
  }

  makeInode(made: NewInode, time: Time): Inode {
    return {
      number: ++this.inodes,
      type: made.type,
      mode: made.mode,
      uid: made.uid,
      gid: made.gid,
      time,
      sizeBytes: made.sizeBytes ?? 0,
      body: made.body ?? { kind: 'empty' },
      link: made.link ?? '',
      device: made.device,
      xattrs: made.xattrs ?? [],
      names: 1,
    };
  }

  apply(change: Change): void {
    switch (change.op) {
      case 'copy':
        return void this.copyUp(this.need(change.path));
      case 'add':
        return this.add(change);
      case 'set':
        return this.set(change);
      case 'body':
        return this.setBody(change);
      case 'link':
        return this.link(change);
      case 'remove':
        return this.remove(this.need(change.path), change.time);
      case 'move':
        return this.move(change);
    }
  }

  private need(path: string): Name {
    const name = this.at(path);
    if (name === undefined) throw failure('ENOENT', path);
    return name;
  }

  private place(path: string): { directory: Name; name: string } {
    const slash = path.lastIndexOf('/');
    const directory = this.need(path.slice(0, Math.max(0, slash)));
    if (directory.inode.type !== NodeType.dir) throw failure('ENOTDIR', path);
    const name = path.slice(slash + 1);
    if (name.length > MAX_NAME_BYTES) throw failure('ENAMETOOLONG', path);
    return { directory, name };
  }

  private add({ path, time, made }: Extract<Change, { op: 'add' }>): void {
    const { directory, name } = this.place(path);
    if (this.child(directory, name) !== undefined) throw failure('EEXIST', path);
    this.attach(directory, name, this.makeInode(made, time), time).movedFrom = made.movedFrom;
  }

  private set({ path, set }: Extract<Change, { op: 'set' }>): void {
    const name = this.copyUp(this.need(path));
    const { inode } = name;
    inode.mode = set.mode ?? inode.mode;
    inode.uid = set.uid ?? inode.uid;
    inode.gid = set.gid ?? inode.gid;
    inode.time = set.time ?? inode.time;
    name.movedFrom = set.movedFrom ?? name.movedFrom;
  }

  private setBody({ path, time, body, sizeBytes }: Extract<Change, { op: 'body' }>): void {
    const { inode } = this.copyUp(this.need(path));
    if (!isSameBody(inode.body, body)) this.onFreed(inode);
    inode.body = body;
    inode.sizeBytes = sizeBytes;
    inode.time = time;
  }

  private link({ path, time, from }: Extract<Change, { op: 'link' }>): void {
    const target = this.copyUp(this.need(from));
    const { directory, name } = this.place(path);
    if (this.child(directory, name) !== undefined) throw failure('EEXIST', path);
    this.attach(directory, name, target.inode, time);
    target.inode.names++;
  }

  private attach(directory: Name, name: string, inode: Inode, time: Time): Name {
    this.touch(directory, time);
    const covered = this.covered(directory, name);
    const isDirectory = inode.type === NodeType.dir;
    const made = newName(name, directory, inode, {
      upper: !directory.volatile,
      volatile: directory.volatile,
      opaque: isDirectory && covered !== ABSENT && this.lower.stack.isDirectory(covered),
      children: isDirectory ? new Map() : undefined,
    });
    directory.hidden.delete(name);
    this.childrenOf(directory).set(name, made);
    if (made.upper) this.upperNames++;
    return made;
  }

  remove(name: Name, time: Time): void {
    const directory = name.parent;
    if (directory === undefined) throw failure('EBUSY', '');
    this.touch(directory, time);
    this.free(name);
    this.detach(name);
  }

  private detach(name: Name): void {
    const directory = name.parent!;
    this.childrenOf(directory).delete(name.name);
    if (this.covered(directory, name.name) !== ABSENT) directory.hidden.add(name.name);
  }

  /** Counts down for the subtree: what nobody names any more is given up. */
  private free(top: Name): void {
    const left = [top];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (!name.upper && !name.volatile) continue;
      if (name.upper) this.upperNames--;
      if (--name.inode.names === 0) this.onFreed(name.inode);
      left.push(...(name.children?.values() ?? []));
    }
  }

  private move({ path, from, time }: Extract<Change, { op: 'move' }>): void {
    const source = this.need(from);
    const { directory, name } = this.place(path);
    const target = this.child(directory, name);
    if (target === source) return;
    const covers = !source.upper || source.lower !== ABSENT;
    if (target !== undefined) this.remove(target, time);
    this.own(source);
    if (covers) source.movedFrom = from;
    this.touch(source.parent!, time);
    this.touch(directory, time);
    this.detach(source);
    directory.hidden.delete(name);
    const covered = this.covered(directory, name);
    source.opaque =
      source.inode.type === NodeType.dir && covered !== ABSENT && this.lower.stack.isDirectory(covered);
    source.name = name;
    source.parent = directory;
    this.childrenOf(directory).set(name, source);
  }

  /** A directory that shows something of below cannot be renamed as it is: all of it becomes the R/W layer's own. */
  private own(top: Name): void {
    const left = [top];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      this.copyUp(name);
      if (name.inode.type !== NodeType.dir) continue;
      left.push(...this.childrenOf(name).values());
      name.lower = ABSENT;
      name.hidden.clear();
    }
  }

  private touch(directory: Name, time: Time): void {
    this.copyUp(directory).inode.time = time;
  }

  /** Directories above it come along. Content is not copied before it is written. */
  copyUp(name: Name): Name {
    for (let at: Name | undefined = name; at !== undefined && !at.upper && !at.volatile; at = at.parent) {
      at.upper = true;
      // A copy has no other names, as overlayfs has it.
      at.inode = { ...at.inode, number: ++this.inodes, lowerId: undefined };
      this.upperNames++;
    }
    return name;
  }

  private loadChildren(directory: Name): Map<string, Name> {
    const children = new Map<string, Name>();
    if (directory.lower === ABSENT) return children;
    const { stack, view } = this.lower;
    const end = stack.childStart[directory.lower + 1]!;
    for (let node = stack.childStart[directory.lower]!; node < end; node++) {
      const version = view.version[node]!;
      if (version === ABSENT) continue;
      const name = fromBytes(stack.nameBytes(node));
      const lower = stack.isDirectory(version) ? node : ABSENT;
      children.set(name, newName(name, directory, this.lowerInode(version), { lower }));
    }
    return children;
  }

  private lowerInode(version: number): Inode {
    const { made, time, id } = lowerFile(this.lower.stack, version);
    return { ...this.makeInode(made, time), lowerId: id };
  }
}

function newName(
  name: string,
  parent: Name | undefined,
  inode: Inode,
  more: Partial<Pick<Name, 'upper' | 'lower' | 'children' | 'opaque' | 'volatile'>> = {},
): Name {
  return {
    name,
    parent,
    inode,
    upper: more.upper ?? false,
    lower: more.lower ?? ABSENT,
    children: more.children,
    hidden: new Set(),
    opaque: more.opaque ?? false,
    volatile: more.volatile ?? false,
    movedFrom: undefined,
  };
}

function isSameBody(a: Body, b: Body): boolean {
  return a.kind === 'own' && b.kind === 'own' && a.number === b.number;
}

/** Names of a directory in the order of their bytes. */
export function sortedNames(names: Iterable<Name>): Name[] {
  return [...names].sort((a, b) => compareBytes(toBytes(a.name), toBytes(b.name)));
}
