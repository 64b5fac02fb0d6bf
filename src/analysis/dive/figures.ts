// dive 0.13.1's figures, with what is wrong in them (see docs/analyze.md): for whoever compares with it. The figures of
// ours are in `dead.ts`.
import type { StackIndex } from '../../tree/stack-index.ts';
import { DiveStack } from './stacked.ts';
import { diveLayerSize, diveSize, visitDive } from './tree.ts';

export interface DiveReference {
  /** Path node. */
  readonly node: number;
  readonly count: number;
  readonly sizeBytes: number;
}

export interface DiveFigures {
  readonly sizeBytes: number;
  /** All layers but the first. */
  readonly userSizeBytes: number;
  /** 0 to 1. */
  readonly efficiency: number;
  readonly wastedBytes: number;
  /** A ratio for all its name; NaN or Infinity where only the first layer has bytes. */
  readonly userWastedPercent: number;
  /** Paths that are in two layers or more, biggest first as dive lists them. */
  readonly inefficient: readonly DiveReference[];
}

export function diveFigures(stack: StackIndex): DiveFigures {
  const paths = new DivePaths(stack.count);
  const below = new DiveStack(stack);
  for (let layer = 0; layer < stack.layerCount; layer++) {
    // A whiteout in the first layer is looked up in that very layer.
    if (layer === 0) below.copyFirst();
    countLayer(stack, layer, below, paths);
    // dive puts the first layer onto a copy of itself.
    below.add(layer);
  }
  const sizes = stack.trees.map(diveLayerSize);
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  const userSizeBytes = sizeBytes - (sizes[0] ?? 0);
  const wastedBytes = paths.inefficient.reduce((sum, node) => sum + paths.sum[node]!, 0);
  return {
    sizeBytes,
    userSizeBytes,
    efficiency: paths.efficiency(),
    wastedBytes,
    userWastedPercent: wastedBytes / userSizeBytes,
    inefficient: paths.references(),
  };
}

function countLayer(stack: StackIndex, layer: number, below: DiveStack, paths: DivePaths): void {
  const tree = stack.trees[layer]!;
  const start = stack.layerStart[layer]!;
  visitDive(tree, ({ node, isWhiteout, isLeaf }) => {
    if (!isLeaf) return true;
    const path = stack.pathOf[start + node]!;
    paths.meet(path);
    if (!isWhiteout) paths.count(path, diveSize(tree, node));
    else if (below.has(path)) paths.count(path, below.removedBy(path));
    // A whiteout of what is not there ends dive's count of this layer.
    else return false;
    return true;
  });
}

/** What dive keeps by path. */
class DivePaths {
  readonly sum: Float64Array;
  /** In the order in which they came to have two. */
  readonly inefficient: number[] = [];
  private readonly least: Float64Array;
  private readonly counts: Uint32Array;
  private readonly met: Uint8Array;

  constructor(pathCount: number) {
    this.sum = new Float64Array(pathCount);
    this.least = new Float64Array(pathCount).fill(-1);
    this.counts = new Uint32Array(pathCount);
    this.met = new Uint8Array(pathCount);
  }

  /** A path that is met but never counted keeps its least size of -1, and dive adds that up too. */
  meet(path: number): void {
    this.met[path] = 1;
  }

  count(path: number, sizeBytes: number): void {
    this.sum[path]! += sizeBytes;
    if (this.least[path]! < 0 || sizeBytes < this.least[path]!) this.least[path] = sizeBytes;
    if (++this.counts[path]! === 2) this.inefficient.push(path);
  }

  efficiency(): number {
    let least = 0;
    let all = 0;
    for (let path = 0; path < this.sum.length; path++) {
      if (this.met[path] === 0) continue;
      least += this.least[path]!;
      all += this.sum[path]!;
    }
    return all === 0 ? 1 : least / all;
  }

  /** Biggest first, the last that came first: dive reverses an ascending list. Among equals its own order is arbitrary. */
  references(): DiveReference[] {
    return this.inefficient
      .toSorted((a, b) => this.sum[a]! - this.sum[b]!)
      .toReversed()
      .map((node) => ({ node, count: this.counts[node]!, sizeBytes: this.sum[node]! }));
  }
}
