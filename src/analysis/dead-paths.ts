// Dead bytes by path and by instruction: where they lay, who made them, who killed them.
import type { StackRow } from '../oci/history.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { type DeadBytes, type DeadReport, NOTHING_DEAD } from './dead.ts';
import { CAUSES, type Deaths } from './deaths.ts';

export interface LayerBytes {
  readonly layer: number;
  readonly bytes: number;
}

export interface DeadPath {
  /** Path node. */
  readonly node: number;
  readonly bytes: number;
  /** How many versions of it died. */
  readonly copies: number;
  readonly causes: DeadBytes;
  /** The cause of most of the bytes. */
  readonly cause: keyof DeadBytes;
  /** Layers that made the copies, base first, and layers that killed them. */
  readonly makers: readonly number[];
  readonly killers: readonly number[];
}

/** Paths with dead bytes, most first; only the first `limit` are described, so a short list of many costs little. */
export function deadPaths(
  stack: StackIndex,
  { deaths }: DeadReport,
  limit = Number.POSITIVE_INFINITY,
): DeadPath[] {
  const byPath = new DeathsByPath(stack.count, deaths);
  return Array.from(byPath.heaviest(limit), (node) => byPath.describe(node));
}

/** The deaths of each path as linked lists over columns. */
class DeathsByPath {
  private readonly deaths: Deaths;
  private readonly bytes: Float64Array;
  private readonly head: Int32Array;
  private readonly next: Int32Array;

  constructor(pathCount: number, deaths: Deaths) {
    this.deaths = deaths;
    this.bytes = new Float64Array(pathCount);
    this.head = new Int32Array(pathCount).fill(-1);
    this.next = new Int32Array(deaths.count);
    for (let at = deaths.count - 1; at >= 0; at--) {
      const node = deaths.node[at]!;
      this.bytes[node]! += deaths.bytes[at]!;
      this.next[at] = this.head[node]!;
      this.head[node] = at;
    }
  }

  heaviest(limit: number): Int32Array {
    const nodes: number[] = [];
    for (let node = 0; node < this.head.length; node++) if (this.head[node] !== -1) nodes.push(node);
    const { bytes } = this;
    return Int32Array.from(nodes)
      .sort((a, b) => bytes[b]! - bytes[a]! || a - b)
      .subarray(0, Math.min(limit, nodes.length));
  }

  describe(node: number): DeadPath {
    const causes = { ...NOTHING_DEAD } as { -readonly [Key in keyof DeadBytes]: number };
    const makers = new Set<number>();
    const killers = new Set<number>();
    let copies = 0;
    for (let at = this.head[node]!; at !== -1; at = this.next[at]!) {
      causes[CAUSES[this.deaths.cause[at]!]!] += this.deaths.bytes[at]!;
      makers.add(this.deaths.maker[at]!);
      killers.add(this.deaths.killer[at]!);
      copies++;
    }
    return {
      node,
      bytes: this.bytes[node]!,
      copies,
      causes,
      cause: CAUSES.reduce((most, cause) => (causes[cause] > causes[most] ? cause : most)),
      makers: ascending(makers),
      killers: ascending(killers),
    };
  }
}

/** Dead bytes at and below every path node. */
export function deadBelow({ parent, count }: StackIndex, { deaths }: DeadReport): Float64Array {
  const sums = new Float64Array(count);
  for (let at = 0; at < deaths.count; at++) sums[deaths.node[at]!]! += deaths.bytes[at]!;
  // Children have higher numbers than their directory.
  for (let node = count - 1; node > 0; node--) sums[parent[node]!]! += sums[node]!;
  return sums;
}

export interface DeadRow {
  readonly row: StackRow;
  /** Bytes of this instruction's layer that later ones killed. */
  readonly dead: DeadBytes;
  /** Which layers killed them, base first. */
  readonly killedBy: readonly LayerBytes[];
  /** Which layers' bytes this instruction killed, base first. */
  readonly killed: readonly LayerBytes[];
}

/** One for every row of the history; instructions without a layer made and killed nothing. */
export function deadRows(rows: readonly StackRow[], { byLayer, killers }: DeadReport): DeadRow[] {
  const killed = byLayer.map((): LayerBytes[] => []);
  killers.forEach((byKiller, maker) => {
    for (const [killer, bytes] of byKiller) killed[killer]!.push({ layer: maker, bytes });
  });
  return rows.map((row): DeadRow => {
    const { layer } = row;
    if (layer === undefined) return { row, dead: NOTHING_DEAD, killedBy: [], killed: [] };
    const killedBy = Array.from(killers[layer]!, ([killer, bytes]) => ({ layer: killer, bytes }));
    killedBy.sort((a, b) => a.layer - b.layer);
    return { row, dead: byLayer[layer]!, killedBy, killed: killed[layer]! };
  });
}

function ascending(layers: ReadonlySet<number>): number[] {
  return [...layers].sort((a, b) => a - b);
}
