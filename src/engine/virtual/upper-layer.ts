// The R/W layer of a virtual container as others know layers: entries of a tar, a LayerTree, bytes that really changed.
import type { TarEntry } from '../../layer/entry.ts';
import type { TarHeader, TarMember } from '../../layer/tar-writer.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import { LayerTreeBuilder } from '../../tree/build.ts';
import type { FileContent } from '../../tree/content.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { ABSENT } from '../../tree/stack-index.ts';
import { toBytes } from './byte-names.ts';
import { type Inode, type Name, pathOf } from './inode.ts';
import { type MergedTree, sortedNames } from './merged-tree.ts';
import type { OwnFiles } from './own-files.ts';
import { openBody } from './file-body.ts';

const BLOCK_BYTES = 4096;
const READ_BYTES = 64 * BLOCK_BYTES;
const TYPES: Readonly<Record<number, TarHeader['type']>> = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'dir',
  [NodeType.symlink]: 'symlink',
  [NodeType.char]: 'char',
  [NodeType.block]: 'block',
  [NodeType.fifo]: 'fifo',
};

export interface NamedHeader {
  readonly header: TarHeader;
  /** Undefined for whiteouts and opaque marks. */
  readonly name: Name | undefined;
}

/** Parents first, whiteouts before what else a directory has. */
export function* upperHeaders(tree: MergedTree): Generator<NamedHeader> {
  if (tree.root.upper) yield* walk(tree.root, true, new Map());
}

/** Everything that can be seen, as a container's file system is exported. `top` without a leading slash. */
export function* mergedHeaders(tree: MergedTree, top: Name): Generator<NamedHeader> {
  yield* walk(top, false, new Map(), tree);
}

function* walk(
  top: Name,
  upperOnly: boolean,
  firstNames: Map<Inode | string, string>,
  tree?: MergedTree,
): Generator<NamedHeader> {
  const left = [top];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name.volatile || (upperOnly && !name.upper)) continue;
    yield { header: headerOf(name, firstNames), name };
    if (name.inode.type !== NodeType.dir) continue;
    if (upperOnly) yield* marks(name);
    const children = tree === undefined ? name.children : tree.childrenOf(name);
    left.push(...sortedNames(children?.values() ?? []).reverse());
  }
}

function* marks(directory: Name): Generator<NamedHeader> {
  const inside = directory.parent === undefined ? '' : `${pathOf(directory)}/`;
  const mark = (name: string): NamedHeader => ({
    header: { path: toBytes(`${inside}${name}`), type: 'file', mode: 0 },
    name: undefined,
  });
  if (directory.opaque) yield mark('.wh..wh..opq');
  for (const name of [...directory.hidden].sort()) yield mark(`.wh.${name}`);
}

export function headerOf(name: Name, firstNames: Map<Inode | string, string>): TarHeader {
  const { inode } = name;
  const path = pathOf(name);
  const [mtimeSeconds, mtimeNanos] = inode.time;
  const { mode, uid, gid } = inode;
  const common = { path: toBytes(path), mode, uid, gid, mtimeSeconds, mtimeNanos };
  if (inode.type !== NodeType.dir) {
    const same = inode.lowerId ?? inode;
    const first = firstNames.get(same);
    if (first !== undefined) return { ...common, type: 'hardlink', linkname: toBytes(first) };
    if (inode.lowerId !== undefined || inode.names > 1) firstNames.set(same, path);
  }
  const xattrs = new Map(inode.xattrs.map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  return {
    ...common,
    type: TYPES[inode.type]!,
    ...(inode.type === NodeType.file && { sizeBytes: inode.sizeBytes }),
    ...(inode.type === NodeType.symlink && { linkname: toBytes(inode.link) }),
    ...(inode.device && { devMajor: inode.device[0], devMinor: inode.device[1] }),
    ...(xattrs.size > 0 && { xattrs }),
  };
}

/** With contents, for `writeTar`. */
export async function* tarMembers(
  parts: { tree: MergedTree; own: OwnFiles },
  headers: Iterable<NamedHeader>,
  signal?: AbortSignal,
): AsyncGenerator<TarMember> {
  for (const { header, name } of headers) {
    signal?.throwIfAborted();
    if (header.type !== 'file' || name === undefined || header.sizeBytes === 0) yield { header };
    else yield { header, body: bodyOf(parts, name.inode.body, header.sizeBytes!) };
  }
}

async function* bodyOf(
  parts: { tree: MergedTree; own: OwnFiles },
  body: Inode['body'],
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  const content = await openBody(parts, body, sizeBytes);
  for await (const chunk of await content.open()) yield chunk as Uint8Array;
}

/** Remembers what it compared: telling of a small change after a large one is cheap. */
export class LiveLayerMaker {
  private readonly compared = new Map<string, number>();

  async make(parts: {
    tree: MergedTree;
    own: OwnFiles;
  }): Promise<LiveLayer & { readonly names: ReadonlyMap<number, Name> }> {
    const headers = [...upperHeaders(parts.tree)];
    const builder = new LayerTreeBuilder();
    for (const { header } of headers) builder.add(entryOf(header));
    const tree = builder.finish({ uncompressedBytes: 0 });
    const changedBytes = new Map<number, number>();
    const movedFrom = new Map<number, Uint8Array>();
    const names = new Map<number, Name>();
    for (const { header, name } of headers) {
      if (name === undefined) continue;
      const node = tree.find(header.path);
      names.set(node, name);
      if (name.movedFrom !== undefined) movedFrom.set(node, toBytes(name.movedFrom));
      const changed = await this.changed(parts, name);
      if (changed !== undefined) changedBytes.set(node, changed);
    }
    return { tree, changedBytes, movedFrom, names };
  }

  private async changed(parts: { tree: MergedTree; own: OwnFiles }, name: Name): Promise<number | undefined> {
    const { inode, parent } = name;
    if (inode.type !== NodeType.file || parent === undefined) return undefined;
    const version = parts.tree.covered(parent, name.name);
    if (version === ABSENT) return undefined;
    const { stack } = parts.tree.lower;
    const { tree, node } = stack.locateContent(version);
    if (tree.type[node] !== NodeType.file) return undefined;
    const { body } = inode;
    if (body.kind === 'lower' && isSameContent(parts.tree, body.version, version)) return 0;
    const key = `${JSON.stringify(body)} ${inode.sizeBytes} ${inode.time.join('.')} ${version}`;
    let changed = this.compared.get(key);
    if (changed === undefined) {
      changed = await differingBytes(
        await openBody(parts, body, inode.sizeBytes),
        await parts.tree.lower.content(version),
      );
      this.compared.set(key, changed);
    }
    return changed;
  }
}

function isSameContent({ lower: { stack } }: MergedTree, a: number, b: number): boolean {
  const [one, other] = [stack.locateContent(a), stack.locateContent(b)];
  return one.layer === other.layer && one.node === other.node;
}

/** Whole blocks that differ; what lies beyond the shorter one counts. */
async function differingBytes(a: FileContent, b: FileContent): Promise<number> {
  const common = Math.min(a.sizeBytes, b.sizeBytes);
  const total = Math.max(a.sizeBytes, b.sizeBytes);
  let differing = 0;
  for (let at = 0; at < common; at += READ_BYTES) {
    const [one, other] = await Promise.all([a.read(at, READ_BYTES), b.read(at, READ_BYTES)]);
    const end = Math.min(READ_BYTES, common - at);
    for (let block = 0; block < end; block += BLOCK_BYTES) {
      const [from, to] = [block, Math.min(block + BLOCK_BYTES, end)];
      if (Buffer.compare(one.subarray(from, to), other.subarray(from, to)) !== 0) differing += to - from;
    }
  }
  return differing + total - common;
}

function entryOf(header: TarHeader): TarEntry {
  return {
    path: header.path,
    type: header.type,
    mode: header.mode,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    sizeBytes: header.sizeBytes ?? 0,
    mtimeSeconds: header.mtimeSeconds ?? 0,
    mtimeNanos: header.mtimeNanos ?? 0,
    linkname: header.linkname ?? new Uint8Array(0),
    devMajor: header.devMajor ?? 0,
    devMinor: header.devMinor ?? 0,
    xattrs: header.xattrs,
    dataOffset: -1,
    storedBytes: 0,
    sparse: undefined,
  };
}
