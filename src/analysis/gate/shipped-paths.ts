// What layers ship at paths that a pattern names, and below: also what a later layer deletes, since it is shipped all the
// same.
import { NodeType } from '../../tree/layer-tree.ts';
import { allPaths, parseQuery, searchPaths } from '../../tree/search.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { ALONE, Inodes } from '../inodes.ts';
import type { ShippedPaths } from './gate.ts';

/** A pattern is a glob (`*.pem`, `/srv/*.log`) or a path. The names of all paths are made once, when first asked for. */
export function shippedPaths(stack: StackIndex): (pattern: string) => ShippedPaths {
  let paths: readonly string[] | undefined;
  return (pattern) => {
    paths ??= allPaths(stack);
    const nodes = pathsOf(stack, paths, pattern);
    return shippedBelow(stack, nodes);
  };
}

function pathsOf(stack: StackIndex, paths: readonly string[], pattern: string): Int32Array {
  const query = parseQuery(pattern);
  if (query.kind === 'glob' || query.kind === 'regex') return searchPaths(paths, query);
  const node = stack.find(Buffer.from(pattern.replace(/^\/+/, '')));
  return Int32Array.from(node < 0 ? [] : [node]);
}

function shippedBelow(stack: StackIndex, nodes: Int32Array): ShippedPaths {
  const inodes = new Inodes(stack);
  const top = topmost(stack, nodes);
  const bytesOf = new Map<number, number>();
  const seen = new Uint8Array(stack.facts.linkGroups.length);
  let bytes = 0;
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const { type } = stack.trees[layer]!;
    const start = stack.layerStart[layer]!;
    for (let node = 0; node < type.length; node++) {
      const place = top[stack.pathOf[start + node]!]!;
      if (place < 0 || type[node] === NodeType.whiteout) continue;
      const group = inodes.groupOf(start + node);
      const isCounted = group !== ALONE && seen[group] === 1;
      if (group !== ALONE) seen[group] = 1;
      const own = isCounted ? 0 : inodes.bytesOf(start + node);
      bytes += own;
      bytesOf.set(place, (bytesOf.get(place) ?? 0) + own);
    }
  }
  const sorted = [...bytesOf].sort(([a, x], [b, y]) => y - x || a - b);
  return { bytes, nodes: sorted.map(([node]) => node) };
}

/** For each path the topmost of `nodes` that it is or lies below, or -1. */
function topmost({ count, parent }: StackIndex, nodes: Int32Array): Int32Array {
  const top = new Int32Array(count).fill(-1);
  for (const node of nodes) top[node] = node;
  for (let node = 1; node < count; node++) {
    const above = top[parent[node]!]!;
    if (above >= 0) top[node] = above;
  }
  return top;
}
