// Merges layers into a StackIndex: the union of their paths, then each layer applied in turn, noting for every path
// what was there before, what is there after, why it counts as modified and what made it go.
import { safeBytes } from '../lib/text.ts';
import { compareEntries } from './compare.ts';
import { DeltaRecorder } from './delta-recorder.ts';
import { type LayerTree, NodeFlag, NodeType, findPath } from './layer-tree.ts';
import { type ColumnArray, ColumnBuffer, type ColumnType } from './layout.ts';
import { ABSENT, Cause, STACK_VERSION, type StackFacts, StackIndex, Status } from './stack-index.ts';
import { type PathUnion, entryAt, unitePaths } from './union.ts';

/** More odd things than this are counted, not listed. */
const MAX_WARNINGS = 100;

export function mergeLayers(trees: readonly LayerTree[]): StackIndex {
  const union = unitePaths(trees);
  const merge = new Merge(trees, union);
  trees.forEach((_, layer) => merge.applyLayer(layer));
  return merge.finish();
}

class Merge {
  private readonly trees: readonly LayerTree[];
  private readonly union: PathUnion;
  /** Visible version of each path node after the layers applied so far. */
  private readonly current: Int32Array;
  private readonly recorder: DeltaRecorder;
  private readonly lowerTargets = new Map<number, number>();
  private readonly warnings: string[] = [];
  private warningCount = 0;

  constructor(trees: readonly LayerTree[], union: PathUnion) {
    this.trees = trees;
    this.union = union;
    this.current = new Int32Array(union.count).fill(ABSENT);
    this.recorder = new DeltaRecorder(union.count);
  }

  applyLayer(layer: number): void {
    const tree = this.trees[layer]!;
    const start = this.union.layerStart[layer]!;
    // Before the layer changes anything: a link may come before the whiteout of the file that it keeps.
    for (let node = 0; node < tree.count; node++)
      if (tree.has(node, NodeFlag.lowerTarget)) this.resolveLink(tree, node, start + node);
    for (let node = 0; node < tree.count; node++) this.applyNode(tree, node, start + node);
    this.recorder.finishLayer(this.current, (before, after) => this.judge(before, after));
  }

  private applyNode(tree: LayerTree, node: number, version: number): void {
    const path = this.union.pathOf[version]!;
    const type = tree.type[node]!;
    if (type === NodeType.whiteout) return this.remove(path, Cause.whiteout);
    if (tree.has(node, NodeFlag.replaces)) this.remove(path, Cause.replaced);
    const isDirectory = type === NodeType.dir;
    const visible = this.current[path]!;
    if (visible !== ABSENT && this.isDirectory(visible)) {
      if (!isDirectory) this.removeChildren(path, Cause.replaced);
      else if (tree.has(node, NodeFlag.opaque)) this.removeChildren(path, Cause.opaque);
      if (isDirectory && tree.has(node, NodeFlag.implicit)) return;
    }
    this.set(path, version, visible === ABSENT ? Cause.none : Cause.overwritten);
  }

  private set(path: number, version: number, cause: number): void {
    this.recorder.note(path, this.current[path]!, cause);
    this.current[path] = version;
  }

  private remove(path: number, cause: number): void {
    if (this.current[path] === ABSENT) return;
    this.removeChildren(path, cause);
    this.set(path, ABSENT, cause);
  }

  /** Iterative: hostile trees are thousands of levels deep. */
  private removeChildren(path: number, cause: number): void {
    const pending = [path];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (let child = this.union.childStart[at]!; child < this.union.childStart[at + 1]!; child++) {
        if (this.current[child] === ABSENT) continue;
        this.set(child, ABSENT, cause);
        pending.push(child);
      }
    }
  }

  private isDirectory(version: number): boolean {
    const { tree, node } = entryAt(this.union, version);
    return tree.type[node] === NodeType.dir;
  }

  private contentAt(version: number): { tree: LayerTree; node: number } {
    return entryAt(this.union, this.lowerTargets.get(version) ?? version);
  }

  private resolveLink(tree: LayerTree, node: number, version: number): void {
    const path = findPath(tree.linkBytes(node), this.union);
    const target = path < 0 ? ABSENT : this.current[path]!;
    if (target === ABSENT || this.isDirectory(target)) {
      this.warn(`${safeBytes(tree.pathBytes(node))}: hard link to a file that is not there`);
      return;
    }
    this.lowerTargets.set(version, this.lowerTargets.get(target) ?? target);
  }

  private warn(text: string): void {
    if (++this.warningCount <= MAX_WARNINGS) this.warnings.push(text);
  }

  private judge(before: number, after: number): { status: number; reason: number } {
    if (before === ABSENT) return { status: Status.added, reason: 0 };
    if (after === ABSENT) return { status: Status.removed, reason: 0 };
    const old = this.lowerTargets.get(before) ?? before;
    const target = this.lowerTargets.get(after) ?? after;
    const reason = old === target ? 0 : compareEntries(this.contentAt(before), this.contentAt(after));
    return { status: reason === 0 ? Status.unchanged : Status.modified, reason };
  }

  finish(): StackIndex {
    if (this.warningCount > MAX_WARNINGS) this.warnings.push(`and ${this.warningCount - MAX_WARNINGS} more`);
    const facts: StackFacts = {
      layers: this.trees.length,
      linkGroups: linkGroups(this.union, this.lowerTargets),
      lowerTargets: [...this.lowerTargets],
      warnings: this.warnings,
    };
    return packStack(this.union, this.recorder, facts);
  }
}

/** Versions of inodes that have several names, by inode. An inode of one layer may get more names in later ones. */
function linkGroups({ trees, layerStart }: PathUnion, lowerTargets: ReadonlyMap<number, number>): number[][] {
  const groups = new Map<number, Set<number>>();
  const keyOf = new Map<number, number>();
  trees.forEach((tree, layer) => {
    const start = layerStart[layer]!;
    for (const [node, firstNode] of linkedNodes(tree)) {
      const first = start + firstNode;
      const target = lowerTargets.get(first) ?? first;
      const key = keyOf.get(target) ?? target;
      const group = groups.get(key) ?? new Set([key]);
      groups.set(key, group.add(first).add(start + node));
      for (const version of [key, first, start + node]) keyOf.set(version, key);
    }
  });
  return [...groups.values()]
    .map((group) => [...group].sort((a, b) => a - b))
    .filter((group) => group.length > 1);
}

/** Every name of the inodes that have hard links, with the first node of that inode: a link may sort before its target. */
function linkedNodes(tree: LayerTree): [node: number, first: number][] {
  const shared = new Set<number>();
  for (let node = 0; node < tree.count; node++) {
    if (tree.has(node, NodeFlag.hardlink)) shared.add(tree.inode[node]!);
  }
  if (shared.size === 0) return [];
  const first = new Map<number, number>();
  const names: [node: number, first: number][] = [];
  for (let node = 0; node < tree.count; node++) {
    const type = tree.type[node];
    const inode = tree.inode[node]!;
    if (type === NodeType.dir || type === NodeType.whiteout || !shared.has(inode)) continue;
    if (!first.has(inode)) first.set(inode, node);
    names.push([node, first.get(inode)!]);
  }
  return names;
}

function packStack(union: PathUnion, recorder: DeltaRecorder, facts: StackFacts): StackIndex {
  const delta = recorder.columns();
  const columns: (readonly [name: string, type: ColumnType, data: ColumnArray])[] = [
    ['parent', 'i32', union.parent],
    ['childStart', 'u32', union.childStart],
    ['layerStart', 'u32', union.layerStart],
    ['pathOf', 'i32', union.pathOf],
    ['versionStart', 'u32', union.versionStart],
    ['versions', 'i32', union.versions],
    ['deltaStart', 'u32', delta.start],
    ['deltaNodes', 'i32', delta.nodes],
    ['deltaBefore', 'i32', delta.before],
    ['deltaAfter', 'i32', delta.after],
    ['deltaStatus', 'u8', delta.status],
    ['deltaReason', 'u8', delta.reason],
    ['deltaCause', 'u8', delta.cause],
  ];
  const spec = columns.map(([name, type, data]) => [name, type, data.length] as const);
  const buffer = ColumnBuffer.allocate(STACK_VERSION, spec, facts);
  for (const [name, type, data] of columns) buffer.column(name, type).set(data);
  return new StackIndex(union.trees, buffer);
}
