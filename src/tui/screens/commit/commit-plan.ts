// What a commit will take along: the paths of the R/W layer as a tree with what is left out of it. Pure.
import type { LiveChange } from '../../../snapshot/live-change.ts';
import type { LiveLayer } from '../../../snapshot/live-layer.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../../tree/layer-tree.ts';

export type Choice = 'in' | 'out' | 'partly';

export interface PlanTotals {
  readonly paths: number;
  readonly sizeBytes: number;
}

export class CommitPlan {
  readonly tree: LayerTree;
  /** Nodes in the order of display, the root left out. */
  readonly nodes: Int32Array;
  readonly depths: Uint16Array;
  /** Bytes at and below each node. */
  readonly sizeBytes: Float64Array;
  private readonly changes: ReadonlyMap<number, LiveChange>;
  /** Nodes that are left out with all below them; none is below another. */
  private readonly out = new Set<number>();
  private sums: PlanTotals | undefined;

  constructor({ tree }: LiveLayer, changes: readonly LiveChange[]) {
    this.tree = tree;
    this.changes = new Map(changes.map((change) => [change.node, change]));
    this.depths = new Uint16Array(tree.count);
    this.nodes = displayOrder(tree, this.depths);
    this.sizeBytes = bytesBelow(tree);
  }

  changeOf(node: number): LiveChange | undefined {
    return this.changes.get(node);
  }

  /** Why a path is in the layer: `dir` where it only leads to others. */
  kindOf(node: number): string {
    const change = this.changes.get(node);
    if (change) return change.kind;
    if (this.tree.type[node] === NodeType.whiteout) return 'whiteout';
    return this.tree.has(node, NodeFlag.implicit) || this.tree.type[node] === NodeType.dir ? '' : 'add';
  }

  choiceOf(node: number): Choice {
    for (let at = node; at > 0; at = this.tree.parent[at]!) if (this.out.has(at)) return 'out';
    for (const left of this.out) if (this.isBelow(left, node)) return 'partly';
    return 'in';
  }

  private isBelow(node: number, directory: number): boolean {
    for (let at = this.tree.parent[node]!; at > 0; at = this.tree.parent[at]!)
      if (at === directory) return true;
    return false;
  }

  /** Leaves a path out with all below it, or takes it along again. */
  toggle(node: number): void {
    this.sums = undefined;
    if (this.choiceOf(node) === 'out') this.takeAlong(node);
    else this.leaveOut(node);
  }

  private leaveOut(node: number): void {
    for (const left of this.out) if (this.isBelow(left, node)) this.out.delete(left);
    this.out.add(node);
  }

  /** Where a directory above is left out, everything beside the way to `node` stays out. */
  private takeAlong(node: number): void {
    const way = [node];
    for (let at = node; !this.out.has(at); at = this.tree.parent[at]!) way.push(this.tree.parent[at]!);
    const top = way.at(-1)!;
    this.out.delete(top);
    for (const directory of way.slice(1)) {
      const { childStart } = this.tree;
      for (let child = childStart[directory]!; child < childStart[directory + 1]!; child++)
        if (!way.includes(child)) this.out.add(child);
    }
  }

  /** Raw paths, for the commit. */
  get excluded(): Uint8Array[] {
    return [...this.out].map((node) => this.tree.pathBytes(node));
  }

  get totals(): PlanTotals {
    this.sums ??= this.sumUp();
    return this.sums;
  }

  private sumUp(): PlanTotals {
    let paths = 0;
    for (const node of this.nodes) if (this.kindOf(node) !== '' && this.choiceOf(node) !== 'out') paths++;
    const left = [...this.out].reduce((sum, node) => sum + this.sizeBytes[node]!, 0);
    return { paths, sizeBytes: this.sizeBytes[0]! - left };
  }
}

function displayOrder(tree: LayerTree, depths: Uint16Array): Int32Array {
  const order = new Int32Array(Math.max(0, tree.count - 1));
  const pile: number[] = [];
  const push = (directory: number): void => {
    for (let child = tree.childStart[directory + 1]! - 1; child >= tree.childStart[directory]!; child--) {
      depths[child] = directory === 0 ? 0 : Math.min(0xffff, depths[directory]! + 1);
      pile.push(child);
    }
  };
  push(0);
  for (let at = 0; pile.length > 0; at++) {
    const node = pile.pop()!;
    order[at] = node;
    push(node);
  }
  return order;
}

/** Parents have smaller numbers than their children; a second name of a file brings no bytes. */
function bytesBelow(tree: LayerTree): Float64Array {
  const sums = new Float64Array(tree.count);
  for (let node = tree.count - 1; node >= 0; node--) {
    if (tree.type[node] === NodeType.file && !tree.has(node, NodeFlag.hardlink))
      sums[node]! += tree.sizeBytes[node]!;
    if (node > 0) sums[tree.parent[node]!]! += sums[node]!;
  }
  return sums;
}
