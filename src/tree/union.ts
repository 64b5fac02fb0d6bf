// The union of several layers' paths: one node per path that any layer mentions, numbered like a LayerTree
// (breadth first, sorted children), and for every layer node the path node it belongs to.
import { type LayerTree, type NamedNodes, compareBytes } from './layer-tree.ts';

/** See StackIndex, which has the same columns under the same names. */
export class PathUnion implements NamedNodes {
  readonly trees: readonly LayerTree[];
  readonly count: number;
  readonly parent: Int32Array;
  readonly childStart: Uint32Array;
  readonly layerStart: Uint32Array;
  readonly pathOf: Int32Array;
  readonly versionStart: Uint32Array;
  readonly versions: Int32Array;

  constructor(
    trees: readonly LayerTree[],
    columns: Pick<PathUnion, 'count' | 'parent' | 'childStart' | 'layerStart' | 'pathOf'>,
  ) {
    this.trees = trees;
    this.count = columns.count;
    this.parent = columns.parent;
    this.childStart = columns.childStart;
    this.layerStart = columns.layerStart;
    this.pathOf = columns.pathOf;
    ({ versionStart: this.versionStart, versions: this.versions } = groupVersions(this.count, this.pathOf));
  }

  nameBytes(node: number): Uint8Array {
    const { tree, node: entry } = entryAt(this, this.versions[this.versionStart[node]!]!);
    return tree.nameBytes(entry);
  }
}

/** The layer whose entry a version is. */
export function layerOfVersion(layerStart: Uint32Array, version: number): number {
  let low = 0;
  let high = layerStart.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layerStart[middle]! <= version) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function entryAt(
  { trees, layerStart }: Pick<PathUnion, 'trees' | 'layerStart'>,
  version: number,
): { layer: number; tree: LayerTree; node: number } {
  const layer = layerOfVersion(layerStart, version);
  return { layer, tree: trees[layer]!, node: version - layerStart[layer]! };
}

/** Versions by path node, base layer first. */
function groupVersions(
  count: number,
  pathOf: Int32Array,
): { versionStart: Uint32Array; versions: Int32Array } {
  const versionStart = new Uint32Array(count + 1);
  for (let version = 0; version < pathOf.length; version++) versionStart[pathOf[version]! + 1]!++;
  for (let path = 0; path < count; path++) versionStart[path + 1]! += versionStart[path]!;
  const next = versionStart.slice();
  const versions = new Int32Array(pathOf.length);
  for (let version = 0; version < pathOf.length; version++) versions[next[pathOf[version]!]!++] = version;
  return { versionStart, versions };
}

/**
 * Walks all layers together. The children of one directory are sorted in every layer, so the union of a directory is
 * a merge of sorted lists, and no path is ever put together or hashed.
 */
export function unitePaths(trees: readonly LayerTree[]): PathUnion {
  const layerStart = new Uint32Array(trees.length + 1);
  trees.forEach((tree, layer) => (layerStart[layer + 1] = layerStart[layer]! + tree.count));
  const total = layerStart[trees.length]!;
  const walk = new UnionWalk(trees, layerStart, Math.max(total, 1));
  return walk.run();
}

class UnionWalk {
  private readonly trees: readonly LayerTree[];
  private readonly layerStart: Uint32Array;
  private readonly parent: Int32Array;
  private readonly childStart: Uint32Array;
  private readonly pathOf: Int32Array;
  /** Per path node a linked list of (layer, node) members: head by path node, next by version. */
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private count = 1;
  private readonly cursorAt: Uint32Array;
  private readonly cursorEnd: Uint32Array;
  private readonly cursorLayer: Uint32Array;

  constructor(trees: readonly LayerTree[], layerStart: Uint32Array, total: number) {
    this.trees = trees;
    this.layerStart = layerStart;
    this.parent = new Int32Array(total);
    this.childStart = new Uint32Array(total + 1);
    this.pathOf = new Int32Array(total);
    this.head = new Int32Array(total).fill(-1);
    this.next = new Int32Array(total).fill(-1);
    this.cursorAt = new Uint32Array(trees.length);
    this.cursorEnd = new Uint32Array(trees.length);
    this.cursorLayer = new Uint32Array(trees.length);
  }

  run(): PathUnion {
    this.parent[0] = -1;
    for (let layer = this.trees.length - 1; layer >= 0; layer--) this.join(0, layer, 0);
    for (let path = 0; path < this.count; path++) this.expand(path);
    this.childStart[this.count] = this.count;
    return new PathUnion(this.trees, {
      count: this.count,
      parent: this.parent.subarray(0, this.count),
      childStart: this.childStart.subarray(0, this.count + 1),
      layerStart: this.layerStart,
      pathOf: this.pathOf,
    });
  }

  /** Adds a member in front of the path's list; called with layers descending, so lists ascend. */
  private join(path: number, layer: number, node: number): void {
    const version = this.layerStart[layer]! + node;
    this.pathOf[version] = path;
    this.next[version] = this.head[path]!;
    this.head[path] = version;
  }

  private expand(path: number): void {
    this.childStart[path] = this.count;
    const open = this.openCursors(path);
    if (open === 1) this.copyChildren(path);
    else if (open > 1) this.mergeChildren(path, open);
  }

  /** One cursor for each layer that has children here, base layer first. */
  private openCursors(path: number): number {
    let open = 0;
    let layer = 0;
    for (let version = this.head[path]!; version >= 0; version = this.next[version]!) {
      while (this.layerStart[layer + 1]! <= version) layer++;
      const node = version - this.layerStart[layer]!;
      const { childStart } = this.trees[layer]!;
      const start = childStart[node]!;
      const end = childStart[node + 1]!;
      if (start === end) continue;
      this.cursorLayer[open] = layer;
      this.cursorAt[open] = start;
      this.cursorEnd[open] = end;
      open++;
    }
    return open;
  }

  private copyChildren(path: number): void {
    const layer = this.cursorLayer[0]!;
    for (let node = this.cursorAt[0]!; node < this.cursorEnd[0]!; node++) {
      this.parent[this.count] = path;
      this.join(this.count++, layer, node);
    }
  }

  private mergeChildren(path: number, open: number): void {
    for (;;) {
      const least = this.leastCursor(open);
      if (least < 0) return;
      const name = this.nameAt(least);
      this.parent[this.count] = path;
      for (let cursor = open - 1; cursor > least; cursor--) {
        if (this.cursorAt[cursor] === this.cursorEnd[cursor]) continue;
        if (compareBytes(this.nameAt(cursor), name) !== 0) continue;
        this.join(this.count, this.cursorLayer[cursor]!, this.cursorAt[cursor]!++);
      }
      this.join(this.count++, this.cursorLayer[least]!, this.cursorAt[least]!++);
    }
  }

  /** The first cursor that stands on the least name; no earlier cursor has the same name. */
  private leastCursor(open: number): number {
    let least = -1;
    let leastName: Uint8Array | undefined;
    for (let cursor = 0; cursor < open; cursor++) {
      if (this.cursorAt[cursor] === this.cursorEnd[cursor]) continue;
      const name = this.nameAt(cursor);
      if (leastName !== undefined && compareBytes(name, leastName) >= 0) continue;
      least = cursor;
      leastName = name;
    }
    return least;
  }

  private nameAt(cursor: number): Uint8Array {
    return this.trees[this.cursorLayer[cursor]!]!.nameBytes(this.cursorAt[cursor]!);
  }
}
