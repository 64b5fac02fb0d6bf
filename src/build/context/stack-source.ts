// The files of a stage or an image as a build reads them: owners, devices and attributes as they are there.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { toPhylloError } from '../../lib/errors.ts';
import type { FileContent } from '../../tree/content.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../tree/layer-tree.ts';
import { SquashView } from '../../tree/squash-view.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { EMPTY_ROOT, type FileFacts, type FileSource } from '../file-view.ts';
import { refuseCancelled } from './context-options.ts';
import { LINK_MODE } from './file-table.ts';
import { noFile, notThere, shownPath } from './table-view.ts';

/** Content of a regular file of a layer; `node` is one of that layer's tree. */
export type OpenLayerFile = (layer: number, node: number) => Promise<FileContent>;

const TYPES: Readonly<Record<number, FileFacts['type']>> = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'dir',
  [NodeType.symlink]: 'symlink',
  [NodeType.char]: 'char',
  [NodeType.block]: 'block',
  [NodeType.fifo]: 'fifo',
};

interface Entry {
  readonly layer: number;
  readonly tree: LayerTree;
  readonly node: number;
  readonly version: number;
}

export class StackSource implements FileSource {
  private readonly stack: StackIndex;
  private readonly view: SquashView;
  private readonly openFile: OpenLayerFile;
  /** Of each version that is one of several visible names of a file. */
  private readonly groups: ReadonlyMap<number, number>;
  /** Hex, by layer and node: what the trees did not know. */
  private readonly hashed = new Map<string, string>();

  /** `upto` is the newest layer that counts; -1 for none. */
  constructor(stack: StackIndex, openFile: OpenLayerFile, upto = stack.layerCount - 1) {
    this.stack = stack;
    this.openFile = openFile;
    this.view = new SquashView(stack, upto);
    this.groups = visibleGroups(stack, this.view);
  }

  lookup(path: string): FileFacts | undefined {
    const entry = this.find(path);
    if (entry === undefined) return path === '' ? EMPTY_ROOT : undefined;
    return factsOf(entry, this.groups.get(entry.version));
  }

  children(path: string): readonly string[] {
    const parent = this.nodeAt(path);
    if (parent < 0) return [];
    const names: string[] = [];
    for (let child = this.stack.childStart[parent]!; child < this.stack.childStart[parent + 1]!; child++)
      if (this.view.has(child)) names.push(Buffer.from(this.stack.nameBytes(child)).toString('latin1'));
    return names;
  }

  open(path: string): Readable {
    return Readable.from(this.content(path, this.file(path)), { objectMode: false });
  }

  private async *content(path: string, { layer, node }: Entry): AsyncGenerator<Uint8Array> {
    try {
      const content = await this.openFile(layer, node);
      yield* (await content.open()) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw toPhylloError(error, `read /${shownPath(path)}`);
    }
  }

  async digest(path: string, signal?: AbortSignal): Promise<string> {
    const entry = this.file(path);
    const known = entry.tree.digestBytes(entry.node);
    if (known !== undefined) return Buffer.from(known).toString('hex');
    const key = `${entry.layer}:${entry.node}`;
    const digest = this.hashed.get(key) ?? (await hashed(this.content(path, entry), signal));
    this.hashed.set(key, digest);
    return digest;
  }

  private file(path: string): Entry {
    const entry = this.find(path);
    if (entry === undefined) throw path === '' ? noFile(path) : notThere(path);
    if (entry.tree.type[entry.node] === NodeType.file) return entry;
    throw noFile(path);
  }

  private find(path: string): Entry | undefined {
    const node = this.nodeAt(path);
    if (node < 0 || !this.view.has(node)) return undefined;
    const version = this.view.version[node]!;
    return { ...this.stack.locateContent(version), version };
  }

  /** A path names each directory once: what `StackIndex` takes for the same is not the same here. */
  private nodeAt(path: string): number {
    if (path !== '' && path.split('/').includes('')) return -1;
    return this.stack.find(Buffer.from(path, 'latin1'));
  }
}

function visibleGroups(stack: StackIndex, view: SquashView): Map<number, number> {
  const groups = new Map<number, number>();
  stack.facts.linkGroups.forEach((members, group) => {
    const visible = members.filter((version) => view.version[stack.pathOf[version]!] === version);
    if (visible.length > 1) for (const version of visible) groups.set(version, group);
  });
  return groups;
}

/** A hard link to a file that no layer below has shows as an empty file; to read it is an error. */
function factsOf({ tree, node }: Entry, group: number | undefined): FileFacts {
  const type = TYPES[tree.type[node]!]!;
  const isDevice = type === 'char' || type === 'block';
  const xattrs = tree.xattrs(node).map(([name, base64]) => [name, Buffer.from(base64, 'base64')] as const);
  return {
    type,
    mode: type === 'symlink' ? LINK_MODE : tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    sizeBytes: type === 'file' && !tree.has(node, NodeFlag.lowerTarget) ? tree.sizeBytes[node]! : 0,
    mtimeSeconds: tree.mtimeSeconds[node]!,
    mtimeNanos: tree.mtimeNanos[node]!,
    ...(type === 'symlink' && { linkname: Buffer.from(tree.linkBytes(node)).toString('latin1') }),
    ...(isDevice && { devMajor: tree.device(node)[0], devMinor: tree.device(node)[1] }),
    ...(xattrs.length > 0 && { xattrs: new Map(xattrs) }),
    ...(group !== undefined && { inode: String(group) }),
  };
}

async function hashed(content: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
  const hasher = createHash('sha256');
  for await (const chunk of content) {
    refuseCancelled(signal);
    hasher.update(chunk);
  }
  return hasher.digest('hex');
}
