// The files of a context as columns: a hundred thousand of them take a few megabytes. Node 0 is the root; the children
// of a directory lie side by side, sorted by name bytes, and behind their directory.
import type { FileFacts } from '../file-view.ts';

export interface FileRow {
  readonly type: FileFacts['type'];
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  readonly linkname?: string;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** What Linux says of every symbolic link, whatever an archive says. */
export const LINK_MODE = 0o777;

const TYPES: readonly FileFacts['type'][] = ['file', 'dir', 'symlink', 'char', 'block', 'fifo'];

export class FileTable {
  private readonly names: string[] = [];
  private readonly parents: number[] = [];
  private readonly childStarts: number[] = [];
  private readonly childEnds: number[] = [];
  private readonly types: number[] = [];
  private readonly modes: number[] = [];
  private readonly sizes: number[] = [];
  private readonly seconds: number[] = [];
  private readonly nanos: number[] = [];
  private readonly linknames = new Map<number, string>();
  private readonly xattrs = new Map<number, ReadonlyMap<string, Uint8Array>>();
  private readonly inodes = new Map<number, string>();

  constructor(root: FileRow) {
    this.add(-1, '', root);
  }

  get count(): number {
    return this.names.length;
  }

  /** All children of a directory have to be added one after the other, in their order. */
  append(parent: number, name: string, row: FileRow): number {
    const node = this.add(parent, name, row);
    if (this.childEnds[parent] === this.childStarts[parent]) this.childStarts[parent] = node;
    this.childEnds[parent] = node + 1;
    return node;
  }

  private add(parent: number, name: string, row: FileRow): number {
    const node = this.names.push(name) - 1;
    this.parents.push(parent);
    this.childStarts.push(0);
    this.childEnds.push(0);
    this.types.push(TYPES.indexOf(row.type));
    this.modes.push(row.mode);
    this.sizes.push(row.sizeBytes);
    this.seconds.push(row.mtimeSeconds);
    this.nanos.push(row.mtimeNanos);
    if (row.linkname !== undefined) this.linknames.set(node, row.linkname);
    if (row.xattrs !== undefined) this.xattrs.set(node, row.xattrs);
    return node;
  }

  /** Names with the same text are names of one file. */
  setInode(node: number, inode: string): void {
    this.inodes.set(node, inode);
  }

  /** The node at a path, or -1. */
  find(path: string): number {
    if (path === '') return 0;
    let node = 0;
    for (const name of path.split('/')) {
      node = this.findChild(node, name);
      if (node < 0) break;
    }
    return node;
  }

  private findChild(parent: number, name: string): number {
    let low = this.childStarts[parent]!;
    let high = this.childEnds[parent]! - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.names[middle]!;
      if (found === name) return middle;
      if (found < name) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Children are `first` … `end`-1. */
  childRange(node: number): { readonly first: number; readonly end: number } {
    return { first: this.childStarts[node]!, end: this.childEnds[node]! };
  }

  name(node: number): string {
    return this.names[node]!;
  }

  /** -1 for the root. */
  parent(node: number): number {
    return this.parents[node]!;
  }

  path(node: number): string {
    const parts: string[] = [];
    for (let at = node; at > 0; at = this.parents[at]!) parts.push(this.names[at]!);
    return parts.reverse().join('/');
  }

  type(node: number): FileFacts['type'] {
    return TYPES[this.types[node]!]!;
  }

  sizeBytes(node: number): number {
    return this.sizes[node]!;
  }

  mtimeNs(node: number): bigint {
    return BigInt(this.seconds[node]!) * 1_000_000_000n + BigInt(this.nanos[node]!);
  }

  inode(node: number): string | undefined {
    return this.inodes.get(node);
  }

  /** Everything in a context belongs to root. */
  facts(node: number): FileFacts {
    const linkname = this.linknames.get(node);
    const xattrs = this.xattrs.get(node);
    const inode = this.inodes.get(node);
    return {
      type: this.type(node),
      mode: this.modes[node]!,
      uid: 0,
      gid: 0,
      sizeBytes: this.sizes[node]!,
      mtimeSeconds: this.seconds[node]!,
      mtimeNanos: this.nanos[node]!,
      ...(linkname !== undefined && { linkname }),
      ...(xattrs !== undefined && { xattrs }),
      ...(inode !== undefined && { inode }),
    };
  }
}
