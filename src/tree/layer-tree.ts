// LayerTree: the compact index of one layer. Columnar and immutable; one shared buffer that any thread can read.
// Nodes are numbered breadth first, children of one directory side by side and sorted by name bytes; node 0 is the root.
import { ColumnBuffer } from './layout.ts';

export const NodeType = {
  file: 0,
  dir: 1,
  symlink: 2,
  char: 3,
  block: 4,
  fifo: 5,
  /** A whiteout without an entry of the same name in this layer. */
  whiteout: 6,
} as const;
export type NodeType = (typeof NodeType)[keyof typeof NodeType];

export const NodeFlag = {
  /** A directory that the layer implies (a parent without an entry of its own). */
  implicit: 1,
  /** Hides the whole lower directory (`.wh..wh..opq` or the overlay xattr). */
  opaque: 2,
  /** A whiteout and an entry of the same name: the lower one is removed first. */
  replaces: 4,
  /** A second or later name of an inode; type, size and data are those of the inode. */
  hardlink: 8,
  /** A hard link whose target is in a lower layer; size and data are found when layers are stacked. */
  lowerTarget: 16,
  /** The content digest column holds this file's sha256. */
  hashed: 32,
} as const;

export const TREE_VERSION = 2;
export const DIGEST_BYTES = 32;

/** What is rare, by node number: kept as JSON beside the columns. */
export interface LayerTreeFacts {
  readonly diffID?: string;
  /** Bytes of regular files, an inode counted once. */
  readonly contentBytes: number;
  /** Entries that are neither directories nor whiteouts. */
  readonly files: number;
  readonly directories: number;
  readonly whiteouts: number;
  readonly uncompressedBytes: number;
  /** True when every regular file's content digest is known. */
  readonly hashed: boolean;
  /** Distinct xattr sets: name and base64 value, sorted by name. */
  readonly xattrs: readonly (readonly (readonly [name: string, base64: string])[])[];
  readonly devices: Readonly<Record<string, readonly [major: number, minor: number]>>;
  readonly sparse: Readonly<Record<string, readonly (readonly [offset: number, length: number])[]>>;
  /** Odd things met while reading, safe to show. */
  readonly warnings: readonly string[];
}

export class LayerTree {
  readonly columns: ColumnBuffer<LayerTreeFacts>;
  readonly facts: LayerTreeFacts;
  /** Number of nodes. */
  readonly count: number;
  readonly parent: Int32Array;
  /** Children of node n are `childStart[n] … childStart[n+1]-1`. */
  readonly childStart: Uint32Array;
  readonly nameStart: Uint32Array;
  readonly names: Uint8Array;
  readonly type: Uint8Array;
  readonly flags: Uint8Array;
  readonly mode: Uint16Array;
  readonly uid: Uint32Array;
  readonly gid: Uint32Array;
  readonly sizeBytes: Float64Array;
  /** Offset of the body in the uncompressed tar, -1 without one. */
  readonly dataOffset: Float64Array;
  readonly mtimeSeconds: Float64Array;
  readonly mtimeNanos: Uint32Array;
  readonly linkStart: Uint32Array;
  /** Symlink texts, and target paths of hard links into lower layers, raw bytes. */
  readonly links: Uint8Array;
  /** Nodes with the same number are names of one inode. */
  readonly inode: Uint32Array;
  /** 0: none, else index + 1 into `facts.xattrs`. */
  readonly xattrSet: Uint32Array;
  /** 32 bytes a node where flag `hashed` is set; empty in trees without hashes. */
  readonly digests: Uint8Array;

  constructor(columns: ColumnBuffer<LayerTreeFacts>) {
    this.columns = columns;
    this.facts = columns.facts;
    this.parent = columns.column('parent', 'i32');
    this.count = this.parent.length;
    this.childStart = columns.column('childStart', 'u32');
    this.nameStart = columns.column('nameStart', 'u32');
    this.names = columns.column('names', 'u8');
    this.type = columns.column('type', 'u8');
    this.flags = columns.column('flags', 'u8');
    this.mode = columns.column('mode', 'u16');
    this.uid = columns.column('uid', 'u32');
    this.gid = columns.column('gid', 'u32');
    this.sizeBytes = columns.column('sizeBytes', 'f64');
    this.dataOffset = columns.column('dataOffset', 'f64');
    this.mtimeSeconds = columns.column('mtimeSeconds', 'f64');
    this.mtimeNanos = columns.column('mtimeNanos', 'u32');
    this.linkStart = columns.column('linkStart', 'u32');
    this.links = columns.column('links', 'u8');
    this.inode = columns.column('inode', 'u32');
    this.xattrSet = columns.column('xattrSet', 'u32');
    this.digests = columns.column('digests', 'u8');
  }

  /** From a buffer that another thread made or a file held. Throws `invalid-archive` when `verify` finds damage. */
  static from(buffer: SharedArrayBuffer, verify = false): LayerTree {
    return new LayerTree(ColumnBuffer.from<LayerTreeFacts>(buffer, TREE_VERSION, verify));
  }

  get buffer(): SharedArrayBuffer {
    return this.columns.buffer;
  }

  has(node: number, flag: number): boolean {
    return (this.flags[node]! & flag) !== 0;
  }

  /** Raw name bytes of the last path component; empty for the root. */
  nameBytes(node: number): Uint8Array {
    return this.names.subarray(this.nameStart[node], this.nameStart[node + 1]);
  }

  linkBytes(node: number): Uint8Array {
    return this.links.subarray(this.linkStart[node], this.linkStart[node + 1]);
  }

  digestBytes(node: number): Uint8Array | undefined {
    if (!this.has(node, NodeFlag.hashed)) return undefined;
    return this.digests.subarray(node * DIGEST_BYTES, (node + 1) * DIGEST_BYTES);
  }

  xattrs(node: number): readonly (readonly [name: string, base64: string])[] {
    const set = this.xattrSet[node]!;
    return set === 0 ? [] : this.facts.xattrs[set - 1]!;
  }

  device(node: number): readonly [major: number, minor: number] {
    return this.facts.devices[node] ?? [0, 0];
  }

  /** Raw path bytes from the root, without a leading slash. */
  pathBytes(node: number): Uint8Array {
    return joinPath(node, this);
  }

  /** The node at a raw path, or -1. */
  find(path: Uint8Array): number {
    return findPath(path, this);
  }
}

/** Have two trees the same nodes, with the same kinds and contents, as far as both know these? */
export function isSameTree(a: LayerTree, b: LayerTree): boolean {
  if (a.count !== b.count) return false;
  const columns = ['names', 'nameStart', 'childStart', 'type', 'sizeBytes', 'links'] as const;
  if (columns.some((name) => !isSame(a[name], b[name]))) return false;
  for (let node = 0; node < a.count; node++) {
    const [left, right] = [a.digestBytes(node), b.digestBytes(node)];
    if (left && right && compareBytes(left, right) !== 0) return false;
  }
  return true;
}

function isSame(a: Uint8Array | Uint32Array | Float64Array, b: typeof a): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

/** What path look-ups need; LayerTree and StackIndex both have it. */
export interface NamedNodes {
  readonly parent: Int32Array;
  readonly childStart: Uint32Array;
  nameBytes(node: number): Uint8Array;
}

export function joinPath(node: number, nodes: NamedNodes): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = node; at > 0; at = nodes.parent[at]!) parts.push(nodes.nameBytes(at));
  const path = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length + 1, parts.length === 0 ? 0 : -1),
  );
  let offset = 0;
  for (let index = parts.length - 1; index >= 0; index--) {
    path.set(parts[index]!, offset);
    offset += parts[index]!.length;
    if (index > 0) path[offset++] = SLASH;
  }
  return path;
}

const SLASH = 0x2f;

export function findPath(path: Uint8Array, nodes: NamedNodes): number {
  let node = 0;
  for (let start = 0; start < path.length;) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    if (end > start) node = findChild(node, path.subarray(start, end), nodes);
    if (node < 0) return -1;
    start = end + 1;
  }
  return node;
}

/** Binary search among the sorted children; -1 when there is none of that name. */
export function findChild(node: number, name: Uint8Array, nodes: NamedNodes): number {
  let low = nodes.childStart[node]!;
  let high = nodes.childStart[node + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareBytes(nodes.nameBytes(middle), name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
