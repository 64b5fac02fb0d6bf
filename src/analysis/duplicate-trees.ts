// Directories that hold copies of another directory's files, under the same names.
import { compareBytes } from '../tree/layer-tree.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { Duplicate } from './duplicates.ts';

export interface DuplicateTree {
  /** Path nodes of the two directories. */
  readonly original: number;
  readonly copy: number;
  /** Files of the copy that the original has too, and what they weigh. */
  readonly files: number;
  readonly savedBytes: number;
  /** Path nodes of those files in the copy. */
  readonly nodes: readonly number[];
}

/**
 * Most saved first. Every copy of a file is paired with the first one of its name; where their paths end alike,
 * the directories above those are a pair.
 */
export function duplicateTrees(stack: StackIndex, duplicates: readonly Duplicate[]): DuplicateTree[] {
  const pairs = new DirectoryPairs(stack);
  const trees = new Map<number, { files: number; savedBytes: number; nodes: number[] }>();
  for (const { nodes, sizeBytes } of duplicates) {
    const firstOfName = new Map<string, number>();
    for (const node of nodes) {
      const name = latin1(stack.nameBytes(node));
      const first = firstOfName.get(name);
      if (first === undefined) {
        firstOfName.set(name, node);
        continue;
      }
      const pair = pairs.above(first, node);
      const tree = trees.get(pair) ?? { files: 0, savedBytes: 0, nodes: [] };
      tree.files++;
      tree.savedBytes += sizeBytes;
      tree.nodes.push(node);
      trees.set(pair, tree);
    }
  }
  return Array.from(trees, ([pair, tree]) => ({ ...pairs.split(pair), ...tree }))
    .filter(({ files }) => files > 1)
    .sort((a, b) => b.savedBytes - a.savedBytes || a.copy - b.copy);
}

/** Pairs of path nodes as one number. What was walked once is not walked again: trees may be thousands deep. */
class DirectoryPairs {
  private readonly stack: StackIndex;
  private readonly known = new Map<number, number>();

  constructor(stack: StackIndex) {
    this.stack = stack;
  }

  split(pair: number): { original: number; copy: number } {
    return { original: Math.floor(pair / this.stack.count), copy: pair % this.stack.count };
  }

  private haveSameName(a: number, b: number): boolean {
    return compareBytes(this.stack.nameBytes(a), this.stack.nameBytes(b)) === 0;
  }

  /** The nearest ancestors of the two that have different names. */
  above(a: number, b: number): number {
    const { parent, count } = this.stack;
    const walked: number[] = [];
    let [left, right] = [a, b];
    let found: number | undefined;
    while (found === undefined) {
      const pair = left * count + right;
      found = this.known.get(pair);
      if (found !== undefined) break;
      walked.push(pair);
      if (left === 0 || right === 0 || !this.haveSameName(left, right)) found = pair;
      left = parent[left]!;
      right = parent[right]!;
    }
    for (const pair of walked) this.known.set(pair, found);
    return found;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
