// The dead files of a choice as a tree whose directories sum what is below them, or as a list by size. Plain loops over
// columns: a hundred thousand deaths take a few milliseconds. Pure.
import type { Deaths } from '../../../analysis/deaths.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import { sortByWeight } from '../stack/file-order.ts';

export interface DeadFileRow {
  readonly node: number;
  /** Where its name begins: the directories from here to `node` hold nothing else that is dead. */
  readonly top: number;
  readonly level: number;
  readonly isGroup: boolean;
  readonly isOpen: boolean;
}

/** Bytes that one layer made and another one killed. */
export interface Fate {
  readonly maker: number;
  readonly killer: number;
  readonly bytes: number;
}

export type DeadFileOrder = 'size' | 'name';

export interface DeadFileQuery {
  /** No directories: the heaviest files. */
  readonly flat: boolean;
  readonly order: DeadFileOrder;
  /** Directories that were opened or closed by hand. */
  readonly byHand: ReadonlyMap<number, boolean>;
}

/** Nobody scrolls further; a filter finds the rest. */
export const MOST_ROWS = 10_000;
/** As many rows as this are opened without being asked, the heaviest first. */
const COMFORTABLE_ROWS = 40;
const NONE = -1;

export class DeadFiles {
  readonly deaths: Deaths;
  /** By path node: bytes that died there. */
  readonly ownBytes: Float64Array;
  /** By path node: bytes that died at and below it, and at how many paths. */
  readonly bytes: Float64Array;
  readonly counts: Uint32Array;
  private readonly stack: StackIndex;
  /** The deaths of each path, as linked lists. */
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private openByItself: ReadonlySet<number> | undefined;
  /** Of the directory that was asked about last: it is asked about again for every frame. */
  private lastFates: { readonly node: number; readonly fates: readonly Fate[] } | undefined;

  constructor(stack: StackIndex, deaths: Deaths, isChosen: (death: number) => boolean) {
    this.stack = stack;
    this.deaths = deaths;
    this.ownBytes = new Float64Array(stack.count);
    this.counts = new Uint32Array(stack.count);
    this.head = new Int32Array(stack.count).fill(NONE);
    this.next = new Int32Array(deaths.count);
    for (let death = deaths.count - 1; death >= 0; death--) {
      if (!isChosen(death)) continue;
      const node = deaths.node[death]!;
      this.ownBytes[node]! += deaths.bytes[death]!;
      this.counts[node] = 1;
      this.next[death] = this.head[node]!;
      this.head[node] = death;
    }
    this.bytes = this.ownBytes.slice();
    this.addUp();
  }

  /** Children have higher numbers than their directory. */
  private addUp(): void {
    const { parent } = this.stack;
    const { bytes, counts } = this;
    for (let node = counts.length - 1; node > 0; node--) {
      if (counts[node] === 0) continue;
      bytes[parent[node]!]! += bytes[node]!;
      counts[parent[node]!]! += counts[node]!;
    }
  }

  /** The deaths at a path, first the oldest. */
  deathsOf(node: number): number[] {
    const found: number[] = [];
    for (let death = this.head[node]!; death !== NONE; death = this.next[death]!) found.push(death);
    return found;
  }

  /** Who made and who killed what is dead at and below a path, most bytes first. */
  fatesBelow(node: number): readonly Fate[] {
    if (this.lastFates?.node !== node) this.lastFates = { node, fates: this.sumFates(node) };
    return this.lastFates.fates;
  }

  private sumFates(start: number): Fate[] {
    const { maker, killer, bytes } = this.deaths;
    const { childStart, layerCount } = this.stack;
    const sums = new Map<number, number>();
    const pending = [start];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (let death = this.head[node]!; death !== NONE; death = this.next[death]!) {
        const pair = maker[death]! * layerCount + killer[death]!;
        sums.set(pair, (sums.get(pair) ?? 0) + bytes[death]!);
      }
      for (let child = childStart[node]!; child < childStart[node + 1]!; child++)
        if (this.counts[child] !== 0) pending.push(child);
    }
    return Array.from(sums, ([pair, sum]) => ({
      maker: Math.floor(pair / layerCount),
      killer: pair % layerCount,
      bytes: sum,
    })).sort((a, b) => b.bytes - a.bytes);
  }

  rows(query: DeadFileQuery): DeadFileRow[] {
    return query.flat ? this.flatRows() : this.treeRows(query);
  }

  private flatRows(): DeadFileRow[] {
    const nodes = new Int32Array(this.head.length);
    let count = 0;
    for (let node = 0; node < this.head.length; node++) if (this.head[node] !== NONE) nodes[count++] = node;
    const sorted = sortByWeight(nodes.subarray(0, count), this.ownBytes, false).subarray(0, MOST_ROWS);
    return Array.from(sorted, (node) => ({ node, top: 0, level: 0, isGroup: false, isOpen: false }));
  }

  /** No recursion: directories of strangers are thousands of levels deep. */
  private treeRows({ order, byHand }: DeadFileQuery): DeadFileRow[] {
    this.openByItself ??= this.comfortable();
    const rows: DeadFileRow[] = [];
    const pending = this.unitsOf(0, order).map((unit) => ({ ...unit, level: 0 }));
    pending.reverse();
    for (let unit = pending.pop(); unit !== undefined && rows.length < MOST_ROWS; unit = pending.pop()) {
      const { node, level } = unit;
      const isGroup = this.isGroup(node);
      const isOpen = isGroup && (byHand.get(node) ?? this.openByItself.has(node));
      rows.push({ ...unit, isGroup, isOpen });
      if (!isOpen) continue;
      for (const child of this.unitsOf(node, order).reverse()) pending.push({ ...child, level: level + 1 });
    }
    return rows;
  }

  private isGroup(node: number): boolean {
    return this.counts[node]! > (this.head[node] === NONE ? 0 : 1);
  }

  /** The groups at and below a path. */
  groupsBelow(node: number): number[] {
    const groups: number[] = [];
    const pending = [node];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (!this.isGroup(at)) continue;
      groups.push(at);
      for (const child of this.unitsOf(at, 'name')) pending.push(child.node);
    }
    return groups;
  }

  private unitsOf(directory: number, order: DeadFileOrder): { top: number; node: number }[] {
    const { childStart } = this.stack;
    const units: { top: number; node: number }[] = [];
    for (let child = childStart[directory]!; child < childStart[directory + 1]!; child++)
      if (this.counts[child] !== 0) units.push({ top: child, node: this.endOfChain(child) });
    return order === 'name' ? units : units.sort((a, b) => this.bytes[b.node]! - this.bytes[a.node]!);
  }

  /** Down as long as all that is dead lies in one child. */
  private endOfChain(start: number): number {
    const { childStart } = this.stack;
    let at = start;
    while (this.head[at] === NONE) {
      let child = childStart[at]!;
      while (this.counts[child] === 0) child++;
      if (this.counts[child] !== this.counts[at]) break;
      at = child;
    }
    return at;
  }

  private comfortable(): ReadonlySet<number> {
    const open = new Set<number>();
    let pending = this.unitsOf(0, 'size').map(({ node }) => node);
    let rows = pending.length;
    while (pending.length > 0 && rows < COMFORTABLE_ROWS) {
      const heaviest = pending.reduce((most, node) => (this.bytes[node]! > this.bytes[most]! ? node : most));
      pending = pending.filter((node) => node !== heaviest);
      if (!this.isGroup(heaviest)) continue;
      const inside = this.unitsOf(heaviest, 'size').map(({ node }) => node);
      if (rows + inside.length > COMFORTABLE_ROWS) continue;
      rows += inside.length;
      open.add(heaviest);
      pending.push(...inside);
    }
    return open;
  }
}
