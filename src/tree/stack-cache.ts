// Merged stacks on disk, by the trees that they were made of: an image that was opened before opens at once.
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPhylloError } from '../lib/errors.ts';
import { isOfFile, markUsed, readColumnFile, writeColumnFile } from './column-file.ts';
import { type LayerTree, TREE_VERSION } from './layer-tree.ts';
import { StackIndex } from './stack-index.ts';

/** A tree, and the name of the bytes that it was made of: no two trees ever have the same. */
export interface NamedTree {
  readonly tree: LayerTree;
  readonly name: string;
}

export class StackCache {
  private readonly directory: string;
  private readonly maxStacks: number;

  /** `directory` need not exist. `maxStacks` 0 writes nothing; else the least recently used go first. */
  constructor(directory: string, maxStacks: number) {
    this.directory = directory;
    this.maxStacks = maxStacks;
  }

  /** Undefined when there is none that can be read; a damaged or older one is written anew. */
  async load(trees: readonly NamedTree[]): Promise<StackIndex | undefined> {
    const path = this.pathOf(trees);
    try {
      const stack = StackIndex.from(
        trees.map(({ tree }) => tree),
        await readColumnFile(path),
        true,
      );
      if (!isMadeOf(stack)) return undefined;
      if (this.maxStacks > 0) markUsed(path);
      return stack;
    } catch (error) {
      if (isOfFile(error) || isPhylloError(error, 'invalid-archive')) return undefined;
      throw error;
    }
  }

  /** Best effort, as with trees. */
  async save(trees: readonly NamedTree[], stack: StackIndex): Promise<void> {
    if (this.maxStacks === 0) return;
    try {
      await writeColumnFile(this.pathOf(trees), stack.columns.seal());
      await this.evict();
    } catch {
      // A read-only store or a full disk: the layers are merged again the next time.
    }
  }

  private pathOf(trees: readonly NamedTree[]): string {
    const names = [`trees ${TREE_VERSION}`, ...trees.map(({ name }) => name)].join('\n');
    return join(this.directory, createHash('sha256').update(names).digest('hex'));
  }

  private async evict(): Promise<void> {
    // What is being written by others is theirs.
    const names = (await readdir(this.directory)).filter((name) => !name.endsWith('.tmp'));
    if (names.length <= this.maxStacks) return;
    const paths = names.map((name) => join(this.directory, name));
    const files = await Promise.all(
      paths.map(async (path) => ({ path, usedMs: (await stat(path)).mtimeMs })),
    );
    files.sort((a, b) => b.usedMs - a.usedMs);
    for (const { path } of files.slice(this.maxStacks)) await rm(path, { force: true });
  }
}

/** As many versions in each layer as its tree has nodes. */
function isMadeOf({ trees, layerStart }: StackIndex): boolean {
  return (
    layerStart.length === trees.length + 1 &&
    trees.every(({ count }, layer) => layerStart[layer + 1]! - layerStart[layer]! === count)
  );
}
