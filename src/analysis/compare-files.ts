// The paths that differ between two squashed stacks: both trees are walked together, names merged in byte order, so that
// no path is ever put together. Where both stacks stand on the same layers and nothing above touched a directory, it is
// passed by as a whole: the cost is that of what differs, not that of the images.
import { compareEntries } from '../tree/compare.ts';
import { compareBytes } from '../tree/layer-tree.ts';
import type { SquashView } from '../tree/squash-view.ts';
import { ABSENT, Reason, Status } from '../tree/stack-index.ts';

/** Parallel arrays, depth first, names in byte order; the root itself is never in them. */
export interface FileComparison {
  readonly a: SquashView;
  readonly b: SquashView;
  /** Path nodes in the two stacks; ABSENT where the path is not visible. */
  readonly nodesA: Int32Array;
  readonly nodesB: Int32Array;
  /** `added` is in b alone, `removed` in a alone. */
  readonly status: Uint8Array;
  /** Bits of `Reason`, of modified ones. */
  readonly reason: Uint8Array;
}

/** Directories between two turns of whoever has other things to do. */
const STEP_DIRECTORIES = 2000;

/** `bottom`: how many layers the two stacks have in common, from the base on. */
export function compareFiles(a: SquashView, b: SquashView, bottom: number): FileComparison {
  const steps = compareFilesInSteps(a, b, bottom);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

export function* compareFilesInSteps(
  a: SquashView,
  b: SquashView,
  bottom: number,
): Generator<undefined, FileComparison> {
  const walk = new ComparisonWalk(a, b, bottom);
  for (let count = 1; walk.step(); count++) if (count % STEP_DIRECTORIES === 0) yield undefined;
  return walk.finish();
}

class ComparisonWalk {
  private readonly a: SquashView;
  private readonly b: SquashView;
  /** Paths that layers above the shared ones changed, and the directories that they are in. */
  private readonly touchedA: Uint8Array;
  private readonly touchedB: Uint8Array;
  /** Pairs of nodes still to look at, two numbers each. The next one is at the end. */
  private readonly pending: number[] = [0, 0];
  private readonly found: readonly [number[], number[], number[], number[]] = [[], [], [], []];

  constructor(a: SquashView, b: SquashView, bottom: number) {
    this.a = a;
    this.b = b;
    this.touchedA = touchedAbove(a, bottom);
    this.touchedB = touchedAbove(b, bottom);
  }

  /** Looks at one path; false when there was none left. */
  step(): boolean {
    const nodeB = this.pending.pop();
    if (nodeB === undefined) return false;
    const nodeA = this.pending.pop()!;
    // The root alone has no name.
    if (nodeA !== 0 && nodeB !== 0) this.judge(nodeA, nodeB);
    this.pushChildren(nodeA, nodeB);
    return true;
  }

  private judge(nodeA: number, nodeB: number): void {
    if (nodeA === ABSENT) return this.note(ABSENT, nodeB, Status.added, 0);
    if (nodeB === ABSENT) return this.note(nodeA, ABSENT, Status.removed, 0);
    const versionA = this.a.version[nodeA]!;
    const versionB = this.b.version[nodeB]!;
    if (this.a.stack === this.b.stack && versionA === versionB) return;
    const reason = compareEntries(this.a.stack.locateContent(versionA), this.b.stack.locateContent(versionB));
    if (reason !== 0) this.note(nodeA, nodeB, Status.modified, reason);
  }

  private note(nodeA: number, nodeB: number, status: number, reason: number): void {
    const [nodesA, nodesB, statuses, reasons] = this.found;
    nodesA.push(nodeA);
    nodesB.push(nodeB);
    statuses.push(status);
    reasons.push(reason);
  }

  /** In reverse, so that the first name comes off first. */
  private pushChildren(nodeA: number, nodeB: number): void {
    const { a, b } = this;
    const firstA = nodeA === ABSENT ? 0 : a.stack.childStart[nodeA]!;
    const firstB = nodeB === ABSENT ? 0 : b.stack.childStart[nodeB]!;
    let atA = nodeA === ABSENT ? -1 : a.stack.childStart[nodeA + 1]! - 1;
    let atB = nodeB === ABSENT ? -1 : b.stack.childStart[nodeB + 1]! - 1;
    while (atA >= firstA || atB >= firstB) {
      const order = this.order(atA >= firstA ? atA : ABSENT, atB >= firstB ? atB : ABSENT);
      this.push(order >= 0 ? atA-- : ABSENT, order <= 0 ? atB-- : ABSENT);
    }
  }

  /** Which of two children has the greater name: above 0 that of a, below 0 that of b. */
  private order(childA: number, childB: number): number {
    if (childA === ABSENT) return -1;
    if (childB === ABSENT) return 1;
    return compareBytes(this.a.stack.nameBytes(childA), this.b.stack.nameBytes(childB));
  }

  private push(childA: number, childB: number): void {
    const isShared =
      childA !== ABSENT && childB !== ABSENT && !this.touchedA[childA] && !this.touchedB[childB];
    if (isShared) return;
    const seenA = childA !== ABSENT && this.a.has(childA) ? childA : ABSENT;
    const seenB = childB !== ABSENT && this.b.has(childB) ? childB : ABSENT;
    if (seenA === ABSENT && seenB === ABSENT) return;
    this.pending.push(seenA, seenB);
  }

  finish(): FileComparison {
    const [nodesA, nodesB, status, reason] = this.found;
    return {
      a: this.a,
      b: this.b,
      nodesA: Int32Array.from(nodesA),
      nodesB: Int32Array.from(nodesB),
      status: Uint8Array.from(status),
      reason: Uint8Array.from(reason),
    };
  }
}

/** With no layer in common everything counts as touched. */
function touchedAbove(view: SquashView, bottom: number): Uint8Array {
  const { stack } = view;
  const touched = new Uint8Array(stack.count);
  if (bottom === 0) return touched.fill(1);
  for (let layer = bottom; layer <= view.upto; layer++) {
    for (const node of stack.changes(layer).nodes) {
      for (let at = node; at >= 0 && touched[at] === 0; at = stack.parent[at]!) touched[at] = 1;
    }
  }
  return touched;
}

/** Whether a path differs in nothing but the time that it was changed at: most do when an image was built anew. */
export function onlyTime({ reason }: FileComparison, index: number): boolean {
  return reason[index] === Reason.mtime;
}

/** Indexes of files of equal size whose contents were never compared. */
export function doubtsOf({ reason }: FileComparison): number[] {
  return Array.from(reason.keys()).filter((index) => (reason[index]! & Reason.contentUnknown) !== 0);
}

/** The comparison with the doubts decided: `same` are the indexes of files that turned out to have equal contents. */
export function decided(comparison: FileComparison, same: ReadonlySet<number>): FileComparison {
  const reason = comparison.reason.map((bits, index) => {
    if ((bits & Reason.contentUnknown) === 0) return bits;
    const others = bits & ~Reason.contentUnknown;
    return same.has(index) ? others : others | Reason.content;
  });
  const keep = (_: number, index: number): boolean =>
    comparison.status[index] !== Status.modified || reason[index] !== 0;
  return {
    ...comparison,
    nodesA: comparison.nodesA.filter(keep),
    nodesB: comparison.nodesB.filter(keep),
    status: comparison.status.filter(keep),
    reason: reason.filter(keep),
  };
}
