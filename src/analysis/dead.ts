// Dead bytes: what layers ship but the final file system does not show. Inode-aware: a hard-linked file dies with its
// last name. Identity: content bytes of all layers = visible bytes + dead bytes.
import { contentBytes } from '../tree/squash-view.ts';
import { ABSENT, Cause, Reason, type StackIndex } from '../tree/stack-index.ts';

export interface DeadBytes {
  readonly overwritten: number;
  readonly deleted: number;
  readonly metadataOnly: number;
  readonly opaqueHidden: number;
}

export interface DeadReport {
  /** For each layer: the bytes of that layer that later layers killed. */
  readonly byLayer: readonly DeadBytes[];
  /** For each layer: the bytes that it killed in layers below. */
  readonly killedBy: readonly number[];
  /** For each layer: which later layers killed how many of its bytes. */
  readonly killers: readonly ReadonlyMap<number, number>[];
  readonly total: number;
}

type Tally = { -readonly [Key in keyof DeadBytes]: number };

export function deadBytes(stack: StackIndex): DeadReport {
  const steps = deadBytesInSteps(stack);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same a layer at a time, for a thread that has other things to do in between. */
export function* deadBytesInSteps(stack: StackIndex): Generator<undefined, DeadReport> {
  const byLayer = stack.trees.map((): Tally => ({
    overwritten: 0,
    deleted: 0,
    metadataOnly: 0,
    opaqueHidden: 0,
  }));
  const killedBy = stack.trees.map(() => 0);
  const killers = stack.trees.map(() => new Map<number, number>());
  const names = new VisibleNames(stack);
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const { before, after, reason, cause } = stack.changes(layer);
    for (const version of after) names.show(version);
    for (let index = 0; index < before.length; index++) {
      const dead = names.hide(before[index]!);
      if (dead === 0) continue;
      const owner = stack.locateContent(before[index]!).layer;
      byLayer[owner]![causeName(cause[index]!, reason[index]!)] += dead;
      killedBy[layer]! += dead;
      killers[owner]!.set(layer, (killers[owner]!.get(layer) ?? 0) + dead);
    }
    yield undefined;
  }
  return { byLayer, killedBy, killers, total: byLayer.reduce((sum, dead) => sum + sumOf(dead), 0) };
}

export function sumOf(dead: DeadBytes): number {
  return dead.overwritten + dead.deleted + dead.metadataOnly + dead.opaqueHidden;
}

function causeName(cause: number, reason: number): keyof DeadBytes {
  switch (cause) {
    case Cause.opaque:
      return 'opaqueHidden';
    case Cause.whiteout:
      return 'deleted';
    default:
      return (reason & (Reason.content | Reason.contentUnknown | Reason.type)) === 0 &&
        cause === Cause.overwritten
        ? 'metadataOnly'
        : 'overwritten';
  }
}

/** Counts the visible names of inodes that have several. */
class VisibleNames {
  private readonly stack: StackIndex;
  private readonly groupOf = new Map<number, number>();
  private readonly visible: Int32Array;

  constructor(stack: StackIndex) {
    this.stack = stack;
    const groups = stack.facts.linkGroups;
    this.visible = new Int32Array(groups.length);
    groups.forEach((members, group) => members.forEach((version) => this.groupOf.set(version, group)));
  }

  show(version: number): void {
    const group = version === ABSENT ? undefined : this.groupOf.get(version);
    if (group !== undefined) this.visible[group]!++;
  }

  /** Bytes that die when this version goes out of sight. */
  hide(version: number): number {
    if (version === ABSENT) return 0;
    const group = this.groupOf.get(version);
    if (group !== undefined && --this.visible[group]! > 0) return 0;
    return contentBytes(this.stack, version);
  }
}
