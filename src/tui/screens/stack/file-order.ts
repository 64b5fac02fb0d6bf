// Paths by size. A radix sort over columns: a comparison for each of a hundred thousand rows would take many frames.
import type { StackIndex } from '../../../tree/stack-index.ts';

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const WORD_BITS = 32;
const WORD = 2 ** WORD_BITS;

/** `weights` by path node, whole numbers; the order of `nodes` stays among equals. */
export function sortByWeight(nodes: Int32Array, weights: Float64Array, lightestFirst: boolean): Int32Array {
  const order = lightestFirst ? 0 : DIGITS - 1;
  const low = new Int32Array(weights.length);
  const high = new Int32Array(weights.length);
  let max = 0;
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!;
    const weight = weights[node]!;
    if (weight > max) max = weight;
    low[node] = weight | 0;
    if (weight >= WORD) high[node] = weight / WORD;
  }
  let sorted = nodes;
  for (let bit = 0; bit < WORD_BITS && 2 ** bit <= max; bit += DIGIT_BITS)
    sorted = scatter(sorted, low, bit, order);
  for (let bit = 0; WORD * 2 ** bit <= max; bit += DIGIT_BITS) sorted = scatter(sorted, high, bit, order);
  return sorted;
}

/** One pass; `order` turns digits round where the heaviest come first. */
function scatter(from: Int32Array, words: Int32Array, shift: number, order: number): Int32Array {
  const starts = new Uint32Array(DIGITS + 1);
  for (let at = 0; at < from.length; at++)
    starts[(((words[from[at]!]! >>> shift) & (DIGITS - 1)) ^ order) + 1]!++;
  for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
  const to = new Int32Array(from.length);
  for (let at = 0; at < from.length; at++) {
    const node = from[at]!;
    to[starts[((words[node]! >>> shift) & (DIGITS - 1)) ^ order]!++] = node;
  }
  return to;
}

/** Each directory's shown children in an order of their own: `nodes[childStart[directory] + 0 … count - 1]`. */
export interface ChildOrder {
  readonly nodes: Int32Array;
  readonly counts: Uint32Array;
}

/** All shown paths are sorted at once and then dealt out to their directories. */
export function childrenByWeight(
  stack: StackIndex,
  mask: Uint8Array,
  weights: Float64Array,
  lightestFirst: boolean,
): ChildOrder {
  const nodes = new Int32Array(stack.count);
  const counts = new Uint32Array(stack.count);
  for (const node of sortByWeight(nodesOf(mask), weights, lightestFirst)) {
    const parent = stack.parent[node]!;
    nodes[stack.childStart[parent]! + counts[parent]!++] = node;
  }
  return { nodes, counts };
}

/** Paths with any of these bits in the mask, the root left out. */
export function nodesOf(mask: Uint8Array, bits = 0xff): Int32Array {
  const nodes = new Int32Array(mask.length);
  let count = 0;
  for (let node = 1; node < mask.length; node++) if ((mask[node]! & bits) !== 0) nodes[count++] = node;
  return nodes.subarray(0, count);
}
