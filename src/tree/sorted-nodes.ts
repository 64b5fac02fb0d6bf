// Path nodes in ascending order, as deltas and searches have them.

/** Where `node` is among them, or -1. */
export function indexOfNode(nodes: Int32Array, node: number): number {
  let low = 0;
  let high = nodes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (nodes[middle] === node) return middle;
    if (nodes[middle]! < node) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
