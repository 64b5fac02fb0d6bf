// Which directories of the file pane are open: by hand, or because what there is to see is not much.
import type { StackIndex } from '../../../tree/stack-index.ts';
import { CLOSED, type Expansion, OPENED, hasShownChildren, isOpen } from './file-rows.ts';

export class OpenDirectories {
  /** Directories down to this depth are open unless somebody closed them. */
  depth = 0;
  private readonly byHand: Uint8Array;
  private readonly stack: () => StackIndex;

  /** `stack` tells the one whose paths these are; it may be read better, but its paths stay. */
  constructor(stack: () => StackIndex) {
    this.stack = stack;
    this.byHand = new Uint8Array(stack().count);
  }

  /** What was opened and closed at an earlier moment, for paths that are still there. */
  takeOver(before: OpenDirectories): void {
    const [now, earlier] = [this.stack(), before.stack()];
    // A plain loop: a call for each of a hundred thousand paths takes half a frame.
    for (let node = 0; node < before.byHand.length; node++) {
      const hand = before.byHand[node]!;
      if (hand === 0) continue;
      const found = now.find(earlier.pathBytes(node));
      if (found > 0) this.byHand[found] = hand;
    }
  }

  /** The way to `wanted` is open, whatever else is not. */
  around(wanted: number): Expansion {
    const { parent } = this.stack();
    const revealed = new Set<number>();
    for (let at = parent[wanted] ?? 0; at > 0; at = parent[at]!) revealed.add(at);
    return { byHand: this.byHand, openDepth: this.depth, revealed };
  }

  everything(): Expansion {
    const byHand = new Uint8Array(this.byHand.length);
    return { byHand, openDepth: Number.POSITIVE_INFINITY, revealed: new Set() };
  }

  /** False when it was so already. `depth` is the node's. */
  set(node: number, depth: number, open: boolean): boolean {
    if (isOpen(node, depth, this.around(node)) === open) return false;
    this.byHand[node] = open ? OPENED : CLOSED;
    return true;
  }

  /** Opens what lies above a path. */
  openTo(node: number): void {
    const { parent } = this.stack();
    for (let at = parent[node]!; at > 0; at = parent[at]!) this.byHand[at] = OPENED;
  }

  openAllBelow(top: number, mask: Uint8Array): void {
    const { count, parent } = this.stack();
    this.byHand[top] = OPENED;
    // Children have larger numbers than their parents, and what lies below an opened one is opened too.
    const inside = new Set([top]);
    for (let node = top + 1; node < count; node++) {
      if (mask[node] === 0 || !inside.has(parent[node]!)) continue;
      if (!hasShownChildren(mask, node)) continue;
      inside.add(node);
      this.byHand[node] = OPENED;
    }
  }

  closeAll(): void {
    this.byHand.fill(0);
    this.depth = 0;
  }
}
