// The few places that say where many files lie: of a thousand files below /var/cache/apt, /var/cache/apt.
import { safeBytes } from '../../lib/text.ts';
import type { StackIndex } from '../../tree/stack-index.ts';

const MOST_PLACES = 3;
const LONGEST_PATH = 120;

export interface WeighedNode {
  readonly node: number;
  readonly bytes: number;
}

export interface Places {
  /** Path nodes, biggest first. */
  readonly nodes: readonly number[];
  /** "`/tmp`, `/var/tmp` and 3 more", safe to show. */
  readonly text: string;
}

/** `isWhole` tells that everything below a directory is meant: the topmost such directory stands for its files. */
export function heaviestPlaces(
  stack: StackIndex,
  files: readonly WeighedNode[],
  isWhole: (directory: number) => boolean,
): Places {
  const climb = new Climb(stack, isWhole);
  const sums = new Map<number, number>();
  for (const { node, bytes } of files) {
    const place = climb.topOf(node);
    sums.set(place, (sums.get(place) ?? 0) + bytes);
  }
  const sorted = [...sums].sort(([a, x], [b, y]) => y - x || a - b);
  const nodes = sorted.slice(0, MOST_PLACES).map(([node]) => node);
  const more = sorted.length - nodes.length;
  const text = nodes.map((node) => pathText(stack, node)).join(', ');
  return { nodes, text: more > 0 ? `${text} and ${more} more` : text };
}

/** Remembers what it climbed: trees may be thousands of levels deep. */
class Climb {
  private readonly stack: StackIndex;
  private readonly isWhole: (directory: number) => boolean;
  private readonly tops = new Map<number, number>();

  constructor(stack: StackIndex, isWhole: (directory: number) => boolean) {
    this.stack = stack;
    this.isWhole = isWhole;
  }

  topOf(node: number): number {
    const climbed: number[] = [];
    let at = node;
    let top = this.tops.get(at);
    while (top === undefined) {
      climbed.push(at);
      const up = this.stack.parent[at]!;
      if (up <= 0 || !this.isWhole(up)) top = at;
      else {
        at = up;
        top = this.tops.get(at);
      }
    }
    for (const each of climbed) this.tops.set(each, top);
    return top;
  }
}

/** "`/var/cache`": quoted as instructions are. */
export function pathText(stack: StackIndex, node: number): string {
  const text = Array.from(`/${safeBytes(stack.pathBytes(node))}`.replaceAll('`', "'"));
  const half = LONGEST_PATH / 2;
  const short = text.length <= LONGEST_PATH ? text : [...text.slice(0, half), '…', ...text.slice(1 - half)];
  return `\`${short.join('')}\``;
}
