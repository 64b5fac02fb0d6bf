// Builds a LayerTree from the entries of a layer tar, in tar order. One builder per layer.
import { safeBytes } from '../lib/text.ts';
import type { EntryType, TarEntry } from '../layer/entry.ts';
import { interpretEntry } from '../layer/whiteout.ts';
import { ColumnBuffer } from './layout.ts';
import {
  DIGEST_BYTES,
  LayerTree,
  type LayerTreeFacts,
  NodeFlag,
  NodeType,
  TREE_VERSION,
} from './layer-tree.ts';
import { XattrSets } from './xattr-sets.ts';

const NODE_TYPES: Readonly<Record<EntryType, NodeType>> = {
  file: NodeType.file,
  hardlink: NodeType.file,
  dir: NodeType.dir,
  symlink: NodeType.symlink,
  char: NodeType.char,
  block: NodeType.block,
  fifo: NodeType.fifo,
};

/** Kept per layer; more odd things than this are counted, not listed. */
const MAX_WARNINGS = 100;
const EMPTY = new Uint8Array(0);

/** A node while the tree grows. Names are latin1 strings: one code unit a byte, so they sort as the bytes do. */
interface Draft {
  readonly name: string;
  parent: Draft | undefined;
  children: Map<string, Draft> | undefined;
  type: NodeType;
  flags: number;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  dataOffset: number;
  mtimeSeconds: number;
  mtimeNanos: number;
  link: Uint8Array;
  inode: number;
  xattrSet: number;
  device: readonly [number, number] | undefined;
  sparse: TarEntry['sparse'];
  digest: Uint8Array | undefined;
}

export class LayerTreeBuilder {
  private readonly root = directory('', undefined);
  private readonly xattrSets = new XattrSets();
  private readonly warnings: string[] = [];
  private warningCount = 0;
  private inodes = 0;
  private lastDirectoryPath = '';
  private lastDirectory: Draft = this.root;

  /** Throws nothing: a well-formed entry always has a place. `digest` is the content's sha256, 32 bytes, if known. */
  add(entry: TarEntry, digest?: Uint8Array): void {
    const meaning = interpretEntry(entry);
    switch (meaning.kind) {
      case 'ignored':
        return this.warn(`${safeBytes(entry.path)}: ${meaning.reason}`);
      case 'whiteout':
        return this.addWhiteout(latin1(meaning.path));
      case 'opaque':
        this.directoryAt(latin1(meaning.path)).flags |= NodeFlag.opaque;
        return;
      case 'entry':
        this.addEntry(entry, digest, meaning.opaque);
    }
  }

  warn(text: string): void {
    if (++this.warningCount <= MAX_WARNINGS) this.warnings.push(text);
  }

  private addWhiteout(path: string): void {
    if (path === '') return this.warn('a whiteout of the root was ignored');
    const { parent, name } = this.parentOf(path);
    const present = parent.children?.get(name);
    if (present) present.flags |= NodeFlag.replaces;
    else addChild(parent, { ...directory(name, parent), type: NodeType.whiteout, flags: 0, mode: 0 });
  }

  private addEntry(entry: TarEntry, digest: Uint8Array | undefined, opaque: boolean): void {
    const path = latin1(entry.path);
    const type = NODE_TYPES[entry.type];
    const draft = this.place(path, type);
    draft.type = type;
    draft.flags = (draft.flags & (NodeFlag.replaces | NodeFlag.opaque)) | (opaque ? NodeFlag.opaque : 0);
    draft.mode = entry.mode;
    draft.uid = entry.uid;
    draft.gid = entry.gid;
    draft.mtimeSeconds = entry.mtimeSeconds;
    draft.mtimeNanos = entry.mtimeNanos;
    draft.inode = ++this.inodes;
    draft.xattrSet = this.xattrSets.add(entry.xattrs);
    draft.link = EMPTY;
    if (entry.type === 'hardlink') return this.linkTo(draft, entry.linkname);
    draft.sizeBytes = entry.sizeBytes;
    draft.dataOffset = type === NodeType.file ? entry.dataOffset : -1;
    draft.link = type === NodeType.symlink ? entry.linkname : EMPTY;
    draft.device = type === NodeType.char || type === NodeType.block ? [entry.devMajor, entry.devMinor] : undefined;
    draft.sparse = entry.sparse;
    draft.digest = digest;
    if (digest) draft.flags |= NodeFlag.hashed;
  }

  /** The draft that the entry describes: a new one, or the one that an earlier entry of the same path made. */
  private place(path: string, type: NodeType): Draft {
    if (path === '') return this.root;
    const { parent, name } = this.parentOf(path);
    const present = parent.children?.get(name);
    if (!present) return addChild(parent, { ...directory(name, parent), flags: 0 });
    if (present.type === NodeType.whiteout) present.flags |= NodeFlag.replaces;
    else if ((present.flags & NodeFlag.implicit) === 0) this.warn(`${safeText(path)}: the layer has it more than once`);
    if (type !== NodeType.dir) {
      present.children = undefined;
      this.forgetDirectory();
    }
    return present;
  }

  private linkTo(draft: Draft, linkname: Uint8Array): void {
    draft.flags |= NodeFlag.hardlink;
    const target = this.lookUp(latin1(linkname));
    const inThisLayer = target !== undefined && target !== draft && target.type !== NodeType.dir;
    if (!inThisLayer || target.type === NodeType.whiteout) {
      draft.flags |= NodeFlag.lowerTarget;
      draft.link = linkname;
      draft.sizeBytes = 0;
      draft.dataOffset = -1;
      return;
    }
    const { type, mode, uid, gid, sizeBytes, dataOffset, mtimeSeconds, mtimeNanos, link, inode } = target;
    Object.assign(draft, { type, mode, uid, gid, sizeBytes, dataOffset, mtimeSeconds, mtimeNanos, link, inode });
    draft.xattrSet = target.xattrSet;
    draft.device = target.device;
    draft.sparse = target.sparse;
    draft.digest = target.digest;
    draft.flags |= target.flags & (NodeFlag.hashed | NodeFlag.lowerTarget);
  }

  private lookUp(path: string): Draft | undefined {
    let at: Draft | undefined = this.root;
    for (const part of path.split('/')) at = at?.children?.get(part);
    return at;
  }

  private parentOf(path: string): { parent: Draft; name: string } {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return { parent: this.root, name: path };
    return { parent: this.directoryAt(path.slice(0, slash)), name: path.slice(slash + 1) };
  }

  /** The directory at `path`, implied where no entry made it. Entries come grouped by directory: the last is kept. */
  private directoryAt(path: string): Draft {
    if (path === '') return this.root;
    if (path === this.lastDirectoryPath) return this.lastDirectory;
    let at = this.root;
    for (const part of path.split('/')) at = this.childDirectory(at, part);
    this.lastDirectoryPath = path;
    this.lastDirectory = at;
    return at;
  }

  private childDirectory(parent: Draft, name: string): Draft {
    const present = parent.children?.get(name);
    if (present === undefined) return addChild(parent, directory(name, parent));
    if (present.type === NodeType.dir) return present;
    const flags = present.type === NodeType.whiteout ? NodeFlag.replaces : present.flags & NodeFlag.replaces;
    return addChild(parent, { ...directory(name, parent), flags: flags | NodeFlag.implicit });
  }

  private forgetDirectory(): void {
    this.lastDirectoryPath = '';
    this.lastDirectory = this.root;
  }

  finish(facts: { diffID?: string; uncompressedBytes: number }): LayerTree {
    if (this.warningCount > MAX_WARNINGS) this.warnings.push(`and ${this.warningCount - MAX_WARNINGS} more`);
    return pack(this.root, { ...facts, xattrs: this.xattrSets.list, warnings: this.warnings });
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function safeText(path: string): string {
  return safeBytes(Buffer.from(path, 'latin1'));
}

function directory(name: string, parent: Draft | undefined): Draft {
  return {
    name,
    parent,
    children: undefined,
    type: NodeType.dir,
    flags: NodeFlag.implicit,
    mode: 0o755,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    dataOffset: -1,
    mtimeSeconds: 0,
    mtimeNanos: 0,
    link: EMPTY,
    inode: 0,
    xattrSet: 0,
    device: undefined,
    sparse: undefined,
    digest: undefined,
  };
}

function addChild(parent: Draft, child: Draft): Draft {
  (parent.children ??= new Map()).set(child.name, child);
  return child;
}

/** Breadth first, each directory's children sorted by name bytes. */
function order(root: Draft): { drafts: Draft[]; parents: number[]; childStart: number[] } {
  const drafts = [root];
  const parents = [-1];
  const childStart: number[] = [];
  for (let index = 0; index < drafts.length; index++) {
    childStart.push(drafts.length);
    const children = drafts[index]!.children;
    if (children === undefined) continue;
    const sorted = [...children.values()].sort(byName);
    for (const child of sorted) {
      drafts.push(child);
      parents.push(index);
    }
  }
  childStart.push(drafts.length);
  return { drafts, parents, childStart };
}

function byName(a: Draft, b: Draft): number {
  return a.name < b.name ? -1 : 1;
}

function pack(
  root: Draft,
  known: Pick<LayerTreeFacts, 'diffID' | 'uncompressedBytes' | 'xattrs' | 'warnings'>,
): LayerTree {
  const { drafts, parents, childStart } = order(root);
  const count = drafts.length;
  const nameBytes = drafts.reduce((sum, draft) => sum + draft.name.length, 0);
  const linkBytes = drafts.reduce((sum, draft) => sum + draft.link.length, 0);
  const anyHash = drafts.some((draft) => draft.digest !== undefined);
  const columns = ColumnBuffer.allocate<LayerTreeFacts>(
    TREE_VERSION,
    [
      ['parent', 'i32', count],
      ['childStart', 'u32', count + 1],
      ['nameStart', 'u32', count + 1],
      ['names', 'u8', nameBytes],
      ['type', 'u8', count],
      ['flags', 'u8', count],
      ['mode', 'u16', count],
      ['uid', 'u32', count],
      ['gid', 'u32', count],
      ['sizeBytes', 'f64', count],
      ['dataOffset', 'f64', count],
      ['mtimeSeconds', 'f64', count],
      ['mtimeNanos', 'u32', count],
      ['linkStart', 'u32', count + 1],
      ['links', 'u8', linkBytes],
      ['inode', 'u32', count],
      ['xattrSet', 'u32', count],
      ['digests', 'u8', anyHash ? count * DIGEST_BYTES : 0],
    ],
    { ...known, ...summarise(drafts) },
  );
  const tree = new LayerTree(columns);
  tree.parent.set(parents);
  tree.childStart.set(childStart);
  fill(tree, drafts);
  return tree;
}

function fill(tree: LayerTree, drafts: readonly Draft[]): void {
  const names = Buffer.from(tree.names.buffer, tree.names.byteOffset, tree.names.length);
  let nameAt = 0;
  let linkAt = 0;
  drafts.forEach((draft, node) => {
    tree.nameStart[node] = nameAt;
    nameAt += names.write(draft.name, nameAt, 'latin1');
    tree.linkStart[node] = linkAt;
    tree.links.set(draft.link, linkAt);
    linkAt += draft.link.length;
    tree.type[node] = draft.type;
    tree.flags[node] = draft.flags;
    tree.mode[node] = draft.mode;
    tree.uid[node] = draft.uid;
    tree.gid[node] = draft.gid;
    tree.sizeBytes[node] = draft.sizeBytes;
    tree.dataOffset[node] = draft.dataOffset;
    tree.mtimeSeconds[node] = draft.mtimeSeconds;
    tree.mtimeNanos[node] = draft.mtimeNanos;
    tree.inode[node] = draft.inode;
    tree.xattrSet[node] = draft.xattrSet;
    if (draft.digest) tree.digests.set(draft.digest, node * DIGEST_BYTES);
  });
  tree.nameStart[drafts.length] = nameAt;
  tree.linkStart[drafts.length] = linkAt;
}

type Summary = Pick<LayerTreeFacts, 'contentBytes' | 'files' | 'directories' | 'whiteouts' | 'hashed' | 'devices' | 'sparse'>;

function summarise(drafts: readonly Draft[]): Summary {
  const devices: Record<string, readonly [number, number]> = {};
  const sparse: Record<string, (readonly [number, number])[]> = {};
  let contentBytes = 0;
  let directories = 0;
  let whiteouts = 0;
  let hashed = true;
  const linked = new Set<number>();
  drafts.forEach((draft, node) => {
    if (draft.device) devices[node] = draft.device;
    if (draft.sparse) sparse[node] = draft.sparse.map(({ offset, length }) => [offset, length] as const);
    if (draft.type === NodeType.dir) directories++;
    else if (draft.type === NodeType.whiteout) whiteouts++;
    if (draft.type !== NodeType.file || (draft.flags & NodeFlag.lowerTarget) !== 0) return;
    hashed &&= draft.digest !== undefined;
    if (linked.has(draft.inode)) return;
    linked.add(draft.inode);
    contentBytes += draft.sizeBytes;
  });
  const files = drafts.length - directories - whiteouts;
  return { contentBytes, files, directories, whiteouts, hashed, devices, sparse };
}
