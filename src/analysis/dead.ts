// Dead bytes: what layers ship but the final file system does not show. Inode-aware: a hard-linked file dies with its
// last name. Identity: content bytes of all layers = visible bytes + dead bytes.
import { ABSENT, Cause, Reason, type StackIndex } from '../tree/stack-index.ts';
import { CAUSES, DeathCause, Deaths } from './deaths.ts';
import { ALONE, Inodes } from './inodes.ts';

/** Bytes by what they died of. */
export interface DeadBytes {
  /** Written again with other content. */
  readonly overwritten: number;
  readonly deleted: number;
  /** Written again with the same content: a mode, an owner or a time changed, or nothing at all. */
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
  readonly deaths: Deaths;
  readonly total: number;
}

type Tally = { -readonly [Key in keyof DeadBytes]: number };

export const NOTHING_DEAD: DeadBytes = { overwritten: 0, deleted: 0, metadataOnly: 0, opaqueHidden: 0 };

export function deadBytes(stack: StackIndex): DeadReport {
  const steps = deadBytesInSteps(stack);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same a layer at a time, for a thread that has other things to do in between. */
export function* deadBytesInSteps(stack: StackIndex): Generator<undefined, DeadReport> {
  const byLayer = stack.trees.map((): Tally => ({ ...NOTHING_DEAD }));
  const killedBy = stack.trees.map(() => 0);
  const killers = stack.trees.map(() => new Map<number, number>());
  const deaths = new Deaths(mostDeaths(stack));
  const inodes = new Inodes(stack);
  const names = new VisibleNames(inodes);
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const { nodes, before, after, reason, cause } = stack.changes(layer);
    for (let index = 0; index < after.length; index++) names.show(after[index]!);
    for (let index = 0; index < before.length; index++) {
      const version = before[index]!;
      const bytes = names.hide(version, layer);
      if (bytes === 0) continue;
      const maker = inodes.makerOf(version);
      const what = causeOf(cause[index]!, reason[index]!);
      const isWhole = names.cameAndWentTogether(version, layer);
      deaths.add({ node: nodes[index]!, version, bytes, maker, killer: layer, cause: what, isWhole });
      byLayer[maker]![CAUSES[what]] += bytes;
      killedBy[layer]! += bytes;
      killers[maker]!.set(layer, (killers[maker]!.get(layer) ?? 0) + bytes);
    }
    yield undefined;
  }
  return {
    byLayer,
    killedBy,
    killers,
    deaths,
    total: byLayer.reduce((sum, dead) => sum + sumOf(dead), 0),
  };
}

export function sumOf(dead: DeadBytes): number {
  return dead.overwritten + dead.deleted + dead.metadataOnly + dead.opaqueHidden;
}

export function addDead(a: DeadBytes, b: DeadBytes): DeadBytes {
  return {
    overwritten: a.overwritten + b.overwritten,
    deleted: a.deleted + b.deleted,
    metadataOnly: a.metadataOnly + b.metadataOnly,
    opaqueHidden: a.opaqueHidden + b.opaqueHidden,
  };
}

/** Content bytes that the layers ship, an inode counted once. */
export function shippedBytes(stack: StackIndex): number {
  return stack.trees.reduce((sum, { facts }) => sum + facts.contentBytes, 0);
}

/** Nothing dies but what a layer put out of sight. */
function mostDeaths(stack: StackIndex): number {
  let count = 0;
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const { before } = stack.changes(layer);
    for (let index = 0; index < before.length; index++) if (before[index] !== ABSENT) count++;
  }
  return count;
}

function causeOf(cause: number, reason: number): DeathCause {
  switch (cause) {
    case Cause.opaque:
      return DeathCause.opaqueHidden;
    case Cause.whiteout:
      return DeathCause.deleted;
    default:
      return (reason & (Reason.content | Reason.contentUnknown | Reason.type)) === 0 &&
        cause === Cause.overwritten
        ? DeathCause.metadataOnly
        : DeathCause.overwritten;
  }
}

/** Counts the visible names of inodes that have several. */
class VisibleNames {
  private readonly inodes: Inodes;
  private readonly visible: Int32Array;
  /** For each group the first layer that took a name away, or -1. */
  private readonly firstLoss: Int32Array;

  constructor(inodes: Inodes) {
    this.inodes = inodes;
    const { length } = inodes.stack.facts.linkGroups;
    this.visible = new Int32Array(length);
    this.firstLoss = new Int32Array(length).fill(-1);
  }

  show(version: number): void {
    const group = version === ABSENT ? ALONE : this.inodes.groupOf(version);
    if (group !== ALONE) this.visible[group]!++;
  }

  /** Bytes that die when this version goes out of sight. */
  hide(version: number, layer: number): number {
    if (version === ABSENT) return 0;
    const group = this.inodes.groupOf(version);
    if (group === ALONE) return this.inodes.bytesOf(version);
    if (this.firstLoss[group] === -1) this.firstLoss[group] = layer;
    return --this.visible[group]! > 0 ? 0 : this.inodes.bytesOf(version);
  }

  /** For one that just died: no layer but its maker gave it a name, none but the killer took one away. */
  cameAndWentTogether(version: number, killer: number): boolean {
    const group = this.inodes.groupOf(version);
    if (group === ALONE) return true;
    const { stack } = this.inodes;
    const members = stack.facts.linkGroups[group]!;
    return this.firstLoss[group] === killer && stack.layerOf(members[0]!) === stack.layerOf(members.at(-1)!);
  }
}
