// LayerTrees and stacks in a few words, for tests of everything above layers.
import type { EntryType, TarEntry } from '../../src/layer/entry.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type StackIndex, Status } from '../../src/tree/stack-index.ts';
import { createHash } from 'node:crypto';

/** A text is a file's content; `'name/': {}` is a directory. Insertion order is tar order. */
export type LayerSpec =
  | Readonly<Record<string, string | EntrySpec>>
  | readonly (readonly [name: string, spec: string | EntrySpec])[];

export interface EntrySpec {
  readonly type?: EntryType;
  readonly content?: string;
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly link?: string;
  readonly device?: readonly [major: number, minor: number];
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Leaves the content's digest out, as indexing by headers does. */
  readonly unhashed?: boolean;
}

export function layer(spec: LayerSpec): LayerTree {
  const builder = new LayerTreeBuilder();
  let offset = 512;
  const entries: readonly (readonly [string, string | EntrySpec])[] = Array.isArray(spec)
    ? spec
    : Object.entries(spec);
  for (const [name, given] of entries) {
    const value: EntrySpec = typeof given === 'string' ? { content: given } : given;
    const entry = tarEntry(name, value, offset);
    const hashed = entry.type === 'file' && value.content !== undefined && !value.unhashed;
    builder.add(entry, hashed ? createHash('sha256').update(value.content!).digest() : undefined);
    offset += 512 + Math.ceil(entry.sizeBytes / 512) * 512;
  }
  return builder.finish({ uncompressedBytes: offset });
}

function tarEntry(name: string, value: EntrySpec, dataOffset: number): TarEntry {
  const type = value.type ?? (name.endsWith('/') ? 'dir' : value.link === undefined ? 'file' : 'symlink');
  const size = type === 'file' ? (value.sizeBytes ?? Buffer.byteLength(value.content ?? '')) : 0;
  return {
    path: Buffer.from(name.replace(/\/$/, ''), 'latin1'),
    type,
    mode: value.mode ?? (type === 'dir' ? 0o755 : 0o644),
    uid: value.uid ?? 0,
    gid: value.gid ?? 0,
    sizeBytes: size,
    mtimeSeconds: value.mtime ?? 0,
    mtimeNanos: 0,
    linkname: Buffer.from(value.link ?? '', 'latin1'),
    devMajor: value.device?.[0] ?? 0,
    devMinor: value.device?.[1] ?? 0,
    xattrs:
      value.xattrs && new Map(Object.entries(value.xattrs).map(([key, text]) => [key, Buffer.from(text)])),
    dataOffset: type === 'file' ? dataOffset : -1,
    storedBytes: size,
    sparse: undefined,
  };
}

export function stack(...layers: LayerSpec[]): StackIndex {
  return mergeLayers(layers.map(layer));
}

const LETTERS = {
  [Status.unchanged]: '=',
  [Status.added]: 'A',
  [Status.modified]: 'M',
  [Status.removed]: 'D',
};

export function pathText(index: StackIndex | LayerTree, node: number): string {
  return `/${Buffer.from(index.pathBytes(node)).toString('latin1')}`;
}

/** What a layer did, sorted by path: `A /etc/passwd`. The root is left out. */
export function changesOf(index: StackIndex, layerNumber: number): string[] {
  const { nodes, status } = index.changes(layerNumber);
  return Array.from(nodes, (node, at) => [pathText(index, node), LETTERS[status[at] as Status]] as const)
    .filter(([path]) => path !== '/')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, letter]) => `${letter} ${path}`);
}
