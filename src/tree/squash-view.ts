// SquashView: the merged file system of a stack prefix (layers 0..upto), moved from prefix to prefix by applying or
// undoing the layers between. Directory sums are kept up to date while moving; every view has its own arrays.
import { NodeFlag, NodeType } from './layer-tree.ts';
import { ABSENT, type LayerDelta, type StackIndex } from './stack-index.ts';

export class SquashView {
  readonly stack: StackIndex;
  /** Version of each path node that is visible at this prefix, or ABSENT. */
  readonly version: Int32Array;
  /** Bytes of the regular files at and below each path node, an inode counted once (at its first name). */
  readonly sizeBytes: Float64Array;
  /** Entries that are not directories, at and below each path node. */
  readonly files: Uint32Array;
  private position = -1;
  /** For each version of an inode with several names: its group; built once. */
  private readonly groupOf: ReadonlyMap<number, number>;
  /** For each group, the path node that carries the inode's bytes now, or ABSENT. */
  private readonly carrier: Int32Array;

  constructor(stack: StackIndex, upto = stack.layerCount - 1) {
    this.stack = stack;
    this.version = new Int32Array(stack.count).fill(ABSENT);
    this.sizeBytes = new Float64Array(stack.count);
    this.files = new Uint32Array(stack.count);
    const groups = stack.facts.linkGroups;
    this.groupOf = new Map(
      groups.flatMap((members, group) => members.map((version) => [version, group] as const)),
    );
    this.carrier = new Int32Array(groups.length).fill(ABSENT);
    this.moveTo(upto);
  }

  /** Index of the newest layer that is in; -1 for the empty stack. */
  get upto(): number {
    return this.position;
  }

  has(node: number): boolean {
    return this.version[node] !== ABSENT;
  }

  isDirectory(node: number): boolean {
    const version = this.version[node]!;
    return version !== ABSENT && this.stack.isDirectory(version);
  }

  /** Costs as much as the layers between hold changes. */
  moveTo(upto: number): void {
    const target = Math.max(-1, Math.min(upto, this.stack.layerCount - 1));
    while (this.position < target) {
      const changes = this.stack.changes(++this.position);
      this.apply(changes, changes.before, changes.after);
    }
    while (this.position > target) {
      const changes = this.stack.changes(this.position--);
      this.apply(changes, changes.after, changes.before);
    }
  }

  private apply({ nodes }: LayerDelta, from: Int32Array, to: Int32Array): void {
    const touchedGroups = new Set<number>();
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index]!;
      const old = from[index]!;
      const next = to[index]!;
      this.version[node] = next;
      const bytes = this.ownBytes(next, touchedGroups) - this.ownBytes(old, touchedGroups);
      const count = this.counts(next) - this.counts(old);
      if (bytes !== 0 || count !== 0) this.addUpwards(node, bytes, count);
    }
    for (const group of touchedGroups) this.recarry(group);
  }

  /** Bytes that this version carries by itself; inodes with several names are left to `recarry`. */
  private ownBytes(version: number, touchedGroups: Set<number>): number {
    if (version === ABSENT) return 0;
    const group = this.groupOf.get(version);
    if (group !== undefined) {
      touchedGroups.add(group);
      return 0;
    }
    return contentBytes(this.stack, version);
  }

  private counts(version: number): number {
    return version === ABSENT || this.stack.isDirectory(version) ? 0 : 1;
  }

  /** Moves an inode's bytes to its first visible name. */
  private recarry(group: number): void {
    const members = this.stack.facts.linkGroups[group]!;
    let first: number = ABSENT;
    for (const version of members) {
      const node = this.stack.pathOf[version]!;
      if (this.version[node] === version && (first === ABSENT || node < first)) first = node;
    }
    const old = this.carrier[group]!;
    if (old === first) return;
    const bytes = contentBytes(this.stack, members[0]!);
    if (old !== ABSENT) this.addUpwards(old, -bytes, 0);
    if (first !== ABSENT) this.addUpwards(first, bytes, 0);
    this.carrier[group] = first;
  }

  private addUpwards(node: number, bytes: number, count: number): void {
    for (let at = node; at >= 0; at = this.stack.parent[at]!) {
      this.sizeBytes[at]! += bytes;
      this.files[at]! += count;
    }
  }
}

/** Content bytes of a version: 0 for anything but a regular file. A hard link has the bytes of its inode. */
export function contentBytes(stack: StackIndex, version: number): number {
  const { tree, node } = stack.locateContent(version);
  if (tree.type[node] !== NodeType.file || tree.has(node, NodeFlag.lowerTarget)) return 0;
  return tree.sizeBytes[node]!;
}
