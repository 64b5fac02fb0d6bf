// What is said of the paths of a container's own layer: how each of them came there.
import type { LiveStack } from '../../../app/container-services.ts';
import type { LiveChange } from '../../../snapshot/live-change.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import { changeNote } from '../../present/live-text.ts';
import type { PathNotes } from './files.ts';

export class LiveNotes implements PathNotes {
  readonly layer: number;
  private readonly stack: StackIndex;
  private readonly changes: readonly LiveChange[];
  /** By node of the live tree: 1 + the index of its change, 0 without one. */
  private readonly index: Int32Array;

  constructor({ stack, live, changes }: LiveStack) {
    this.stack = stack;
    this.changes = changes;
    this.layer = stack.layerCount - 1;
    this.index = new Int32Array(live.tree.count);
    changes.forEach(({ node }, at) => {
      this.index[node] = at + 1;
    });
  }

  changeAt(node: number): LiveChange | undefined {
    const version = this.stack.versionsOf(node).at(-1);
    if (version === undefined || this.stack.layerOf(version) !== this.layer) return undefined;
    return this.changes[this.index[version - this.stack.layerStart[this.layer]!]! - 1];
  }

  noteOf(node: number): string | undefined {
    const change = this.changeAt(node);
    return change && changeNote(change);
  }
}
