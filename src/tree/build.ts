// Builds a LayerTree from the entries of a layer tar, in tar order. One builder per layer.
import { safeBytes } from '../lib/text.ts';
import type { EntryType, TarEntry } from '../layer/entry.ts';
import { interpretEntry } from '../layer/whiteout.ts';
import { Draft } from './draft.ts';
import { type LayerTree, NodeFlag, NodeType } from './layer-tree.ts';
import { packTree } from './pack.ts';
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
const EMPTY: Uint8Array = new Uint8Array(0);

export class LayerTreeBuilder {
  private readonly root = new Draft('');
  private readonly xattrSets = new XattrSets();
  private readonly warnings: string[] = [];
  private warningCount = 0;
  private inodes = 0;
  private readonly directories = new Map<string, Draft>();
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
    else parent.add(new Draft(name, NodeType.whiteout, 0));
  }

  private addEntry(entry: TarEntry, digest: Uint8Array | undefined, opaque: boolean): void {
    const path = latin1(entry.path);
    const type = NODE_TYPES[entry.type];
    if (path === '' && type !== NodeType.dir) return this.warn('a root that is no directory was ignored');
    if (entry.type === 'hardlink' && this.isSame(path, entry.linkname)) return;
    const draft = this.place(path, type);
    const kept = type === NodeType.dir ? NodeFlag.replaces | NodeFlag.opaque : NodeFlag.replaces;
    draft.type = type;
    draft.flags = (draft.flags & kept) | (opaque ? NodeFlag.opaque : 0);
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
    draft.device =
      type === NodeType.char || type === NodeType.block ? [entry.devMajor, entry.devMinor] : undefined;
    draft.sparse = entry.sparse;
    draft.digest = digest;
    if (digest) draft.flags |= NodeFlag.hashed;
  }

  /** The draft that the entry describes: a new one, or the one that an earlier entry of the same path made. */
  private place(path: string, type: NodeType): Draft {
    if (path === '') return this.root;
    const { parent, name } = this.parentOf(path);
    const present = parent.children?.get(name);
    if (!present) return parent.add(new Draft(name, type, 0));
    if (present.type !== NodeType.whiteout && (present.flags & NodeFlag.implicit) === 0)
      this.warn(`${safeText(path)}: the layer has it more than once`);
    if (hidesLower(present, type)) present.flags |= NodeFlag.replaces;
    if (type !== NodeType.dir) {
      present.children = undefined;
      this.forgetDirectory();
    }
    return present;
  }

  /** A link of a file to itself changes nothing. */
  private isSame(path: string, linkname: Uint8Array): boolean {
    if (path !== latin1(linkname)) return false;
    const present = this.lookUp(path);
    return present !== undefined && present.type !== NodeType.dir && present.type !== NodeType.whiteout;
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
    Object.assign(draft, {
      type,
      mode,
      uid,
      gid,
      sizeBytes,
      dataOffset,
      mtimeSeconds,
      mtimeNanos,
      link,
      inode,
    });
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
    let at = this.directories.get(path);
    if (at === undefined) {
      const slash = path.lastIndexOf('/');
      const parent: Draft = slash < 0 ? this.root : this.directoryAt(path.slice(0, slash));
      at = this.childDirectory(parent, path.slice(slash + 1));
      this.directories.set(path, at);
    }
    this.lastDirectoryPath = path;
    this.lastDirectory = at;
    return at;
  }

  private childDirectory(parent: Draft, name: string): Draft {
    const present = parent.children?.get(name);
    if (present === undefined) return parent.add(new Draft(name));
    if (present.type === NodeType.dir) return present;
    return parent.add(new Draft(name, NodeType.dir, NodeFlag.replaces | NodeFlag.implicit));
  }

  private forgetDirectory(): void {
    this.lastDirectoryPath = '';
    this.lastDirectory = this.root;
    this.directories.clear();
  }

  finish(facts: { diffID?: string; uncompressedBytes: number }): LayerTree {
    if (this.warningCount > MAX_WARNINGS) this.warnings.push(`and ${this.warningCount - MAX_WARNINGS} more`);
    return packTree(this.root, { ...facts, xattrs: this.xattrSets.list, warnings: this.warnings });
  }
}

/** A whiteout, or a file where now a directory comes, has already removed what lower layers have there. */
function hidesLower(present: Draft, next: NodeType): boolean {
  return present.type === NodeType.whiteout || (present.type !== NodeType.dir && next === NodeType.dir);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function safeText(path: string): string {
  return safeBytes(Buffer.from(path, 'latin1'));
}
