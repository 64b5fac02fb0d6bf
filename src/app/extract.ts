// Writes a file or a subtree of an explored image to disk. Names and links are an image's: apply-target.ts keeps them
// inside of the destination, whose own links are not followed either.
import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { Attributes, type Metadata } from '../layer/apply-attributes.ts';
import { latin1, raw } from '../layer/apply-directory.ts';
import type { NewFile } from '../layer/apply-file.ts';
import { TargetTree } from '../layer/apply-target.ts';
import { Warnings, fileError } from '../layer/apply-warnings.ts';
import type { FileContent } from '../tree/content.ts';
import { type LayerTree, NodeFlag, NodeType } from '../tree/layer-tree.ts';
import { SquashView } from '../tree/squash-view.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { ExploredImage, ExtractResult, WorkOptions } from './services.ts';

const READ_BYTES = 1024 * 1024;
/** Small files and links are written without a pause; this often the event loop gets its turn. */
const TURN_MS = 10;

/**
 * Writes what layers 0..`upto` have at `path` (raw bytes, a leading slash is allowed) below `destination`, under its
 * own name; of the root, what is in it. The destination is made when it is not there; files in it are replaced,
 * directories are filled. Set-ID bits and devices are left out. Throws `not-found`, `path-escape` where a link is in
 * the way, `already-exists` where a file and a directory are in each other's way, `no-space`, `read-only`, `cancelled`.
 */
export async function extractTree(
  image: ExploredImage,
  path: Uint8Array,
  upto: number,
  destination: string,
  options: WorkOptions = {},
): Promise<ExtractResult> {
  const stack = await image.stack;
  const view = new SquashView(stack, upto);
  const node = stack.find(path);
  if (node < 0 || !view.has(node)) {
    throw new PhylloError('not-found', `extract ${safeBytes(path)}: there is no such path in the image`);
  }
  const warnings = new Warnings();
  const target = await openTarget(destination, new Attributes({}, warnings));
  try {
    return await new Extraction({ image, stack, view, target, warnings }, options).run(node);
  } finally {
    target.close();
  }
}

async function openTarget(destination: string, attributes: Attributes): Promise<TargetTree> {
  try {
    await mkdir(destination, { recursive: true });
    return new TargetTree(destination, 'protect', attributes);
  } catch (error) {
    throw toPhylloError(error, `extract to ${safeBytes(Buffer.from(destination))}`);
  }
}

interface Parts {
  readonly image: ExploredImage;
  readonly stack: StackIndex;
  readonly view: SquashView;
  readonly target: TargetTree;
  readonly warnings: Warnings;
}

interface Pending {
  readonly node: number;
  /** Below the destination, one character a byte. */
  readonly path: string;
}

/** Where the inode of a visible path is described. */
interface Inode {
  readonly layer: number;
  readonly tree: LayerTree;
  readonly node: number;
}

class Extraction {
  private readonly parts: Parts;
  private readonly options: WorkOptions;
  private readonly linked: ReadonlySet<number>;
  /** The first path written of every inode that has several. */
  private readonly firstNames = new Map<string, string>();
  private lastTurn = performance.now();
  private totalBytes = 0;
  private files = 0;
  private bytes = 0;

  constructor(parts: Parts, options: WorkOptions) {
    this.parts = parts;
    this.options = options;
    this.linked = new Set(parts.stack.facts.linkGroups.flat());
  }

  /**
   * Directories and links first, then files layer by layer: a compressed layer has to be inflated to be read, and two
   * that take turns could push each other out of the cache for every file.
   */
  async run(top: number): Promise<ExtractResult> {
    const { stack, view, target, warnings } = this.parts;
    this.totalBytes = view.sizeBytes[top]!;
    const files = await this.putAllButFiles({ node: top, path: latin1(stack.nameBytes(top)) });
    for (const ofLayer of files) for (const file of ofLayer ?? []) await this.put(file);
    target.settle();
    return { files: this.files, bytes: this.bytes, warnings: warnings.lines() };
  }

  /** Parents before children, which go onto the pile in reverse; hostile trees are thousands of levels deep. */
  private async putAllButFiles(top: Pending): Promise<Pending[][]> {
    const { stack, view } = this.parts;
    const files: Pending[][] = [];
    const pending = [top];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { layer, tree, node } = stack.locateContent(view.version[next.node]!);
      if (tree.type[node] === NodeType.file) (files[layer] ??= []).push(next);
      else await this.put(next);
      for (let child = stack.childStart[next.node + 1]! - 1; child >= stack.childStart[next.node]!; child--) {
        if (view.has(child)) pending.push({ node: child, path: this.below(next.path, child) });
      }
    }
    return files;
  }

  private below(parent: string, child: number): string {
    const name = latin1(this.parts.stack.nameBytes(child));
    return parent === '' ? name : `${parent}/${name}`;
  }

  private async takeTurn(): Promise<void> {
    if (this.options.signal?.aborted) throw new PhylloError('cancelled', 'extract: cancelled');
    if (performance.now() - this.lastTurn < TURN_MS) return;
    await setImmediate();
    this.lastTurn = performance.now();
  }

  private async put({ node, path }: Pending): Promise<void> {
    await this.takeTurn();
    try {
      await this.putVersion(this.parts.view.version[node]!, path);
    } catch (error) {
      throw fileError(error, 'write', path);
    }
  }

  private async putVersion(version: number, path: string): Promise<void> {
    const { stack, target, warnings } = this.parts;
    const inode = stack.locateContent(version);
    const { tree, node } = inode;
    if (tree.type[node] === NodeType.dir) {
      // The destination itself keeps what it has.
      if (path !== '') target.putDirectory(path, metadata(tree, node));
      return;
    }
    if (tree.has(node, NodeFlag.lowerTarget)) return warnings.note('hard link to nothing left out', path);
    this.files++;
    if (this.linked.has(version) && this.linkToFirst(inode, path)) return;
    await this.putNew(inode, path);
  }

  /** False for the first name of an inode. */
  private linkToFirst({ layer, tree, node }: Inode, path: string): boolean {
    const key = `${layer}:${tree.inode[node]}`;
    const first = this.firstNames.get(key);
    if (first !== undefined) return this.parts.target.putHardlink(path, first);
    this.firstNames.set(key, path);
    return false;
  }

  private async putNew(inode: Inode, path: string): Promise<void> {
    const { tree, node } = inode;
    const { target } = this.parts;
    const [major, minor] = tree.device(node);
    switch (tree.type[node]) {
      case NodeType.file:
        return this.putFile(inode, path);
      case NodeType.symlink:
        return target.putSymlink(path, metadata(tree, node), tree.linkBytes(node));
      case NodeType.fifo:
        return target.putNode(path, metadata(tree, node), { type: 'fifo', major, minor });
      case NodeType.char:
        return target.putNode(path, metadata(tree, node), { type: 'char', major, minor });
      default:
        return target.putNode(path, metadata(tree, node), { type: 'block', major, minor });
    }
  }

  private async putFile({ layer, tree, node }: Inode, path: string): Promise<void> {
    const content = await this.parts.image.content(layer, node);
    const file = this.parts.target.createFile(path);
    const sparse = tree.facts.sparse[node];
    try {
      for (const [offset, length] of sparse ?? [[0, content.sizeBytes]]) {
        await this.copy(content, file, [offset, offset + length], path);
      }
    } catch (error) {
      file.discard();
      throw error;
    }
    file.finish(metadata(tree, node), sparse && content.sizeBytes);
  }

  private async copy(
    from: FileContent,
    to: NewFile,
    [start, end]: [number, number],
    path: string,
  ): Promise<void> {
    const item = safeBytes(raw(path));
    for (let at = start; at < end; at += READ_BYTES) {
      await this.takeTurn();
      const data = await from.read(at, Math.min(READ_BYTES, end - at));
      to.write(data, at);
      this.bytes += data.length;
      this.options.onProgress?.({ item, doneBytes: this.bytes, totalBytes: this.totalBytes });
    }
  }
}

function metadata(tree: LayerTree, node: number): Metadata {
  const xattrs = tree.xattrs(node).map(([name, base64]) => [name, Buffer.from(base64, 'base64')] as const);
  return {
    mode: tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    mtimeSeconds: tree.mtimeSeconds[node]!,
    mtimeNanos: tree.mtimeNanos[node]!,
    xattrs: new Map(xattrs),
  };
}
