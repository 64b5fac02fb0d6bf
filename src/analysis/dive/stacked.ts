// The layers below as dive 0.13.1 stacks them to size what a whiteout removes. Right where dive is right and wrong where
// it is: opaque directories hide nothing, a file in a directory's place keeps the directory's children, an implied
// directory makes a lower one forget that it is a directory.
import { type LayerTree, NodeFlag, NodeType } from '../../tree/layer-tree.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { type DiveEntry, diveSize, visitDive } from './tree.ts';

export class DiveStack {
  private readonly stack: StackIndex;
  private readonly present: Uint8Array;
  private readonly isDirectory: Uint8Array;
  private readonly sizeBytes: Float64Array;
  /** Present children of each path: a directory that is empty by now is not searched. */
  private readonly children: Uint32Array;

  constructor(stack: StackIndex) {
    this.stack = stack;
    this.present = new Uint8Array(stack.count);
    this.isDirectory = new Uint8Array(stack.count);
    this.sizeBytes = new Float64Array(stack.count);
    this.children = new Uint32Array(stack.count);
    this.present[0] = 1;
  }

  has(path: number): boolean {
    return this.present[path] === 1;
  }

  /** What dive takes a whiteout of this path to remove: nothing for a file, all that is below for a directory. */
  removedBy(path: number): number {
    if (this.isDirectory[path] === 0) return 0;
    let sum = 0;
    this.visitBelow(path, (node) => (sum += this.sizeBytes[node]!));
    return sum;
  }

  /** Starts with the first layer, its whiteouts not applied. */
  copyFirst(): void {
    this.visitLayer(0, (path, tree, entry) => {
      if (!entry.isWhiteout) this.put(path, tree, entry.node);
    });
  }

  add(layer: number): void {
    this.visitLayer(layer, (path, tree, { node, isWhiteout }) => {
      if (isWhiteout) this.remove(path);
      else this.put(path, tree, node);
    });
  }

  private visitLayer(layer: number, visit: (path: number, tree: LayerTree, entry: DiveEntry) => void): void {
    const tree = this.stack.trees[layer]!;
    const start = this.stack.layerStart[layer]!;
    visitDive(tree, (entry) => {
      visit(this.stack.pathOf[start + entry.node]!, tree, entry);
      return true;
    });
  }

  private put(path: number, tree: LayerTree, node: number): void {
    // Whatever is missing above comes with it, without data.
    for (let at = path; this.present[at] === 0; at = this.stack.parent[at]!) {
      this.present[at] = 1;
      this.isDirectory[at] = 0;
      this.sizeBytes[at] = 0;
      this.children[this.stack.parent[at]!]!++;
    }
    const isImplied = tree.has(node, NodeFlag.implicit);
    this.isDirectory[path] = !isImplied && tree.type[node] === NodeType.dir ? 1 : 0;
    this.sizeBytes[path] = diveSize(tree, node);
  }

  private remove(path: number): void {
    if (this.present[path] === 0 || path === 0) return;
    this.visitBelow(path, (node) => {
      this.present[node] = 0;
      this.children[node] = 0;
    });
    this.children[this.stack.parent[path]!]!--;
  }

  /** The path itself and everything present below it. */
  private visitBelow(path: number, visit: (node: number) => void): void {
    const { childStart } = this.stack;
    const pending = [path];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (this.children[at]! > 0)
        for (let child = childStart[at]!; child < childStart[at + 1]!; child++)
          if (this.present[child] === 1) pending.push(child);
      visit(at);
    }
  }
}
