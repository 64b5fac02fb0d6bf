// What an image would weigh if it were built otherwise: layers squashed, paths left out, a clean-up done by the
// instruction that made the mess. Sizes are content bytes and exact; compressed bytes are an estimate.
import { type StackIndex } from '../tree/stack-index.ts';
import { type DeadReport, shippedBytes } from './dead.ts';
import { ALONE, Inodes } from './inodes.ts';

export interface Prediction {
  /** Content bytes of all layers afterwards. */
  readonly sizeBytes: number;
  readonly savedBytes: number;
  /** For each layer the bytes that it would no longer ship. */
  readonly savedByLayer: Float64Array;
}

/** Layers `from` to `to`, both included, become one that ships only what is visible after the last of them. */
export function predictSquash(
  stack: StackIndex,
  { deaths }: DeadReport,
  from: number,
  to: number,
): Prediction {
  const saved = new Float64Array(stack.layerCount);
  for (let at = 0; at < deaths.count; at++) {
    const maker = deaths.maker[at]!;
    if (maker >= from && deaths.killer[at]! <= to) saved[maker]! += deaths.bytes[at]!;
  }
  return prediction(stack, saved);
}

/**
 * What `killer` put out of sight is never shipped by `maker`: its clean-up (or its chmod) is done by the instruction
 * that made the files. A file that layers between gave another name, or took one from, stays.
 */
export function predictMerge(
  stack: StackIndex,
  { deaths }: DeadReport,
  { maker, killer }: { readonly maker: number; readonly killer: number },
): Prediction {
  const saved = new Float64Array(stack.layerCount);
  for (let at = 0; at < deaths.count; at++) {
    if (deaths.maker[at] === maker && deaths.killer[at] === killer && deaths.isWhole[at] === 1)
      saved[maker]! += deaths.bytes[at]!;
  }
  return prediction(stack, saved);
}

/**
 * No layer ships these paths or anything below. A file that has a name elsewhere stays, and is counted once even where
 * only the name that is left out carried it from one layer's name to the next.
 */
export function predictWithout(stack: StackIndex, nodes: Iterable<number>): Prediction {
  const out = nodesBelow(stack, nodes);
  const inodes = new Inodes(stack);
  const saved = new Float64Array(stack.layerCount);
  const { pathOf, layerStart } = stack;
  for (let layer = 0; layer < stack.layerCount; layer++) {
    for (let version = layerStart[layer]!; version < layerStart[layer + 1]!; version++) {
      if (out[pathOf[version]!] === 0 || inodes.contentOf(version) !== version) continue;
      if (inodes.groupOf(version) === ALONE) saved[layer]! += inodes.bytesOf(version);
    }
  }
  for (const members of stack.facts.linkGroups) {
    const first = members[0]!;
    if (members.every((version) => out[pathOf[version]!] === 1))
      saved[inodes.makerOf(first)]! += inodes.bytesOf(first);
  }
  return prediction(stack, saved);
}

/** 1 for each path node that is one of these or below one. */
function nodesBelow({ count, parent }: StackIndex, nodes: Iterable<number>): Uint8Array {
  const marks = new Uint8Array(count);
  for (const node of nodes) marks[node] = 1;
  for (let node = 1; node < count; node++) if (marks[parent[node]!] === 1) marks[node] = 1;
  return marks;
}

function prediction(stack: StackIndex, savedByLayer: Float64Array): Prediction {
  const savedBytes = savedByLayer.reduce((sum, bytes) => sum + bytes, 0);
  return { sizeBytes: shippedBytes(stack) - savedBytes, savedBytes, savedByLayer };
}

/**
 * An estimate of how many compressed bytes these content bytes of a layer are: the share of the layer's blob that they
 * are of its tar. Files compress better or worse than their layer does as a whole, so it is no more than that.
 */
export function estimateCompressed(
  stack: StackIndex,
  layer: number,
  bytes: number,
  compressedBytes: readonly number[],
): number {
  const { uncompressedBytes } = stack.trees[layer]!.facts;
  return uncompressedBytes === 0 ? 0 : Math.round((bytes / uncompressedBytes) * compressedBytes[layer]!);
}
