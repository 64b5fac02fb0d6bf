// What a container did to its image's file system: its R/W layer judged against the layers below. Pure.
import { type LayerTree, NodeFlag, NodeType } from '../tree/layer-tree.ts';
import { contentBytes } from '../tree/squash-view.ts';
import { ABSENT, type LayerDelta, Reason, type StackIndex } from '../tree/stack-index.ts';
import { indexOfNode } from '../tree/sorted-nodes.ts';
import type { LiveChange, LiveTotals } from './live-change.ts';
import type { LiveLayer } from './live-layer.ts';

export { liveEvents } from './live-events.ts';

const OF_DIRECTORY = Reason.mode | Reason.owner | Reason.xattr;
const OF_BODY = Reason.mtime | Reason.content | Reason.linkname;

/** In the order of the live tree's nodes: what is in a directory comes after it. The top of `stack` is `live.tree`. */
export function liveChanges(stack: StackIndex, live: LiveLayer): LiveChange[] {
  const judge = new Judge(stack, live);
  const changes: LiveChange[] = [];
  for (let node = 0; node < live.tree.count; node++) {
    const change = judge.changeOf(node);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

export function liveTotals(changes: readonly LiveChange[]): LiveTotals {
  const count = (...kinds: readonly LiveChange['kind'][]): number =>
    changes.filter(({ kind }) => kinds.includes(kind)).length;
  let sizeBytes = 0;
  let changedBytes = 0;
  let unchangedBytes = 0;
  for (const change of changes) {
    sizeBytes += change.sizeBytes;
    changedBytes += change.changedBytes;
    unchangedBytes += Math.max(0, change.sizeBytes - change.changedBytes);
  }
  return {
    added: count('add', 'rename'),
    copiedUp: count('copy-up'),
    whiteouts: count('whiteout', 'opaque'),
    sizeBytes,
    changedBytes,
    unchangedBytes,
  };
}

/** What lies below an entry of the R/W layer, and how the entry differs from it. */
interface Below {
  /** ABSENT for nothing. */
  readonly version: number;
  readonly reason: number;
}

class Judge {
  private readonly stack: StackIndex;
  private readonly live: LiveLayer;
  private readonly tree: LayerTree;
  private readonly delta: LayerDelta;
  private readonly firstVersion: number;
  private hidden: ReadonlyMap<number, number> | undefined;

  constructor(stack: StackIndex, live: LiveLayer) {
    const top = stack.layerCount - 1;
    this.stack = stack;
    this.live = live;
    this.tree = live.tree;
    this.delta = stack.changes(top);
    this.firstVersion = stack.layerStart[top]!;
  }

  changeOf(node: number): LiveChange | undefined {
    const { tree } = this;
    const type = tree.type[node] as NodeType;
    if (tree.has(node, NodeFlag.implicit)) return undefined;
    const below = this.below(node);
    if (type === NodeType.whiteout) return this.whiteout(node, below);
    if (this.live.movedFrom.has(node)) return this.rename(node);
    if (below.version === ABSENT || this.typeOf(below.version) !== type) return this.addition(node, below);
    return type === NodeType.dir ? this.directory(node, below) : this.copyUp(node, below);
  }

  private below(node: number): Below {
    const index = indexOfNode(this.delta.nodes, this.stack.pathOf[this.firstVersion + node]!);
    if (index < 0) return { version: ABSENT, reason: 0 };
    return { version: this.delta.before[index]!, reason: this.delta.reason[index]! };
  }

  private typeOf(version: number): number {
    const { tree, node } = this.stack.locateContent(version);
    return tree.type[node]!;
  }

  private entry(node: number): Omit<LiveChange, 'kind' | 'changedBytes'> {
    const { tree } = this;
    const type = tree.type[node] as NodeType;
    const holds = type === NodeType.file && !tree.has(node, NodeFlag.hardlink);
    const stamp = stampOf(tree, node);
    return { path: tree.pathBytes(node), type, node, sizeBytes: holds ? tree.sizeBytes[node]! : 0, stamp };
  }

  private from({ version }: Below): { fromLayer?: number } {
    return version === ABSENT ? {} : { fromLayer: this.stack.locateContent(version).layer };
  }

  private whiteout(node: number, below: Below): LiveChange {
    const hiddenBytes = this.hiddenAt(node);
    return { ...this.entry(node), kind: 'whiteout', changedBytes: 0, hiddenBytes, ...this.from(below) };
  }

  private rename(node: number): LiveChange {
    const from = this.live.movedFrom.get(node)!;
    const index = indexOfNode(this.delta.nodes, this.stack.find(from));
    const version = index < 0 ? ABSENT : this.delta.before[index]!;
    const source = this.from({ version, reason: 0 });
    return { ...this.entry(node), kind: 'rename', changedBytes: 0, from, ...source };
  }

  /** Also of something in the place of another thing. */
  private addition(node: number, below: Below): LiveChange {
    const entry = this.entry(node);
    return { ...entry, kind: 'add', changedBytes: entry.sizeBytes, ...this.from(below) };
  }

  /** One that only holds others changed in nothing but its time. */
  private directory(node: number, below: Below): LiveChange | undefined {
    const entry = { ...this.entry(node), changedBytes: 0, ...this.from(below) };
    const hiddenBytes = this.tree.has(node, NodeFlag.opaque) ? this.hiddenAt(node) : undefined;
    if (hiddenBytes !== undefined) return { ...entry, kind: 'opaque', hiddenBytes };
    return below.reason & OF_DIRECTORY ? { ...entry, kind: 'copy-up', because: 'metadata' } : undefined;
  }

  private copyUp(node: number, below: Below): LiveChange {
    const entry = this.entry(node);
    const known = this.live.changedBytes.get(node);
    // A change of attributes alone leaves the time of modification as it was, and a copy takes it over.
    const isWrite = known === undefined ? (below.reason & OF_BODY) !== 0 : known > 0;
    const isSecondName = this.tree.has(node, NodeFlag.hardlink);
    return {
      ...entry,
      kind: 'copy-up',
      changedBytes: isSecondName ? 0 : (known ?? (isWrite ? entry.sizeBytes : 0)),
      because: isWrite ? 'write' : 'metadata',
      ...this.from(below),
    };
  }

  private hiddenAt(node: number): number {
    this.hidden ??= hiddenBytes(this.stack, this.delta);
    return this.hidden.get(this.stack.pathOf[this.firstVersion + node]!) ?? 0;
  }
}

/** By path node: bytes of what the layer covers or removes there and below, an inode counted at its first name. */
function hiddenBytes(stack: StackIndex, { nodes, before }: LayerDelta): Map<number, number> {
  const sums = new Map<number, number>();
  const add = (node: number, bytes: number): unknown => sums.set(node, (sums.get(node) ?? 0) + bytes);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const version = before[index]!;
    const node = nodes[index]!;
    if (version !== ABSENT && !stack.isHardlink(version)) add(node, contentBytes(stack, version));
    add(stack.parent[node]!, sums.get(node) ?? 0);
  }
  return sums;
}

/** The time of a directory changes with what comes and goes in it, which is told of by itself. */
function stampOf(tree: LayerTree, node: number): string {
  const attributes = `${tree.mode[node]}:${tree.uid[node]}:${tree.gid[node]}:${JSON.stringify(tree.xattrs(node))}`;
  if (tree.type[node] === NodeType.dir) return attributes;
  return `${attributes}:${tree.sizeBytes[node]}:${tree.mtimeSeconds[node]}.${tree.mtimeNanos[node]}`;
}
