// The files that differ as a list: a directory that is on one side alone is one row until it is opened. Pure.
import { type FileComparison, onlyTime } from '../../../analysis/compare-files.ts';
import { hasOtherContent } from '../../../analysis/compared-bytes.ts';
import { safeBytes } from '../../../lib/text.ts';
import { type SquashView, contentBytes } from '../../../tree/squash-view.ts';
import { ABSENT, Status } from '../../../tree/stack-index.ts';

export type ComparedOrder = 'name' | 'size';

export interface ComparedFileRow {
  /** In the comparison. */
  readonly index: number;
  /** How many opened directories it is in. */
  readonly level: number;
  /** A directory with all that is in it. */
  readonly isGroup: boolean;
  readonly isOpen: boolean;
}

export interface FileListQuery {
  /** By `Status`. */
  readonly shown: readonly boolean[];
  /** Those too that differ in nothing but their time. */
  readonly withTimes: boolean;
  /** In lower case; files are listed one by one then. */
  readonly filter: string | undefined;
  readonly order: ComparedOrder;
  readonly reversed: boolean;
  readonly open: ReadonlySet<number>;
}

/** A comparison with what is asked again and again worked out once. */
export class ComparedFiles {
  readonly files: FileComparison;
  /** Where the entries below each end; of a directory that both have, right behind it. */
  readonly ends: Int32Array;
  /** How many differ in their time alone. */
  readonly times: number;
  private paths: readonly string[] | undefined;

  constructor(files: FileComparison) {
    this.files = files;
    this.ends = groupEnds(files);
    this.times = files.status.reduce((count, _, index) => count + Number(onlyTime(files, index)), 0);
  }

  get count(): number {
    return this.files.status.length;
  }

  /** The side that knows the path: b, but for what only a has. */
  place(index: number): { readonly view: SquashView; readonly node: number } {
    const { a, b, nodesA, nodesB } = this.files;
    const node = nodesB[index]!;
    return node === ABSENT ? { view: a, node: nodesA[index]! } : { view: b, node };
  }

  isDirectory(index: number): boolean {
    const { view, node } = this.place(index);
    return view.isDirectory(node);
  }

  /** Whether all below it is listed with it. */
  isGroup(index: number): boolean {
    return this.insideCount(index) > 0;
  }

  /** How many bytes b has more than a; of a directory that one side alone has, all that is below. */
  growthBytes(index: number): number {
    const { a, b, nodesA, nodesB, status } = this.files;
    if (status[index] === Status.modified && this.isDirectory(index)) return 0;
    return bytesAt(b, nodesB[index]!) - bytesAt(a, nodesA[index]!);
  }

  /** How many paths are in a group. */
  insideCount(index: number): number {
    return this.ends[index]! - index - 1;
  }

  /** Safe to show. */
  path(index: number): string {
    const { view, node } = this.place(index);
    return `/${safeBytes(view.stack.pathBytes(node))}`;
  }

  rows(query: FileListQuery): ComparedFileRow[] {
    return query.filter === undefined ? this.grouped(query) : this.found(query, query.filter);
  }

  private isShown(index: number, { shown, withTimes }: FileListQuery): boolean {
    if (!withTimes && onlyTime(this.files, index)) return false;
    return shown[this.files.status[index]!] ?? true;
  }

  private found(query: FileListQuery, text: string): ComparedFileRow[] {
    this.paths ??= Array.from({ length: this.count }, (_, index) => this.path(index).toLowerCase());
    const found = this.paths.flatMap((path, index) =>
      path.includes(text) && this.isShown(index, query) ? [index] : [],
    );
    return this.ordered(found, query).map((index) => ({ index, level: 0, isGroup: false, isOpen: false }));
  }

  /** No recursion: directories of strangers are thousands of levels deep. */
  private grouped(query: FileListQuery): ComparedFileRow[] {
    const rows: ComparedFileRow[] = [];
    const pending = this.units(0, this.count, query).map((index) => ({ index, level: 0 }));
    pending.reverse();
    for (let unit = pending.pop(); unit !== undefined; unit = pending.pop()) {
      const { index, level } = unit;
      const isGroup = this.isGroup(index);
      const isOpen = isGroup && query.open.has(index);
      rows.push({ index, level, isGroup, isOpen });
      if (!isOpen) continue;
      const inside = this.units(index + 1, this.ends[index]!, query);
      for (const child of inside.toReversed()) pending.push({ index: child, level: level + 1 });
    }
    return rows;
  }

  /** What stands side by side between two entries. */
  private units(from: number, to: number, query: FileListQuery): number[] {
    const units: number[] = [];
    for (let index = from; index < to; index = this.ends[index]!)
      if (this.isShown(index, query)) units.push(index);
    return this.ordered(units, query);
  }

  private ordered(indexes: number[], { order, reversed }: FileListQuery): number[] {
    const sorted = order === 'size' ? this.bySize(indexes) : indexes;
    return reversed ? sorted.toReversed() : sorted;
  }

  private bySize(indexes: readonly number[]): number[] {
    const weights = new Map(indexes.map((index) => [index, this.weight(index)]));
    return indexes.toSorted((one, other) => weights.get(other)! - weights.get(one)!);
  }

  /** Bytes that the two sides do not have in common. */
  private weight(index: number): number {
    const isOwn = this.files.status[index] === Status.modified && this.isDirectory(index);
    if (isOwn || !hasOtherContent(this.files, index)) return 0;
    const { a, b, nodesA, nodesB } = this.files;
    return Math.max(bytesAt(a, nodesA[index]!), bytesAt(b, nodesB[index]!));
  }
}

function bytesAt(view: SquashView, node: number): number {
  if (node === ABSENT) return 0;
  return view.isDirectory(node) ? view.sizeBytes[node]! : contentBytes(view.stack, view.version[node]!);
}

/** What is below a directory that one side alone has follows it, and belongs to it: all of it is listed. */
function groupEnds(files: FileComparison): Int32Array {
  const { status } = files;
  const ends = new Int32Array(status.length);
  const above: number[] = [];
  for (let index = 0; index < status.length; index++) {
    while (above.length > 0 && !isParent(files, above.at(-1)!, index)) ends[above.pop()!] = index;
    above.push(index);
  }
  for (const index of above) ends[index] = status.length;
  return ends;
}

function isParent({ a, b, nodesA, nodesB, status }: FileComparison, index: number, child: number): boolean {
  if (status[index] !== status[child]) return false;
  if (status[index] === Status.added) return b.stack.parent[nodesB[child]!] === nodesB[index];
  return status[index] === Status.removed && a.stack.parent[nodesA[child]!] === nodesA[index];
}
