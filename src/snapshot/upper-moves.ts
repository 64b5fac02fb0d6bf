// Tells what was moved: overlayfs copies a lower file to its new path and leaves a whiteout at the old one. The copy
// has the size, mode, owner and time of the hidden file, to the nanosecond, and its content.
import type { BigIntStats } from 'node:fs';
import { NodeType } from '../tree/layer-tree.ts';
import { type CompareBudget, Comparison } from './changed-bytes.ts';
import { Breath } from './upper-breath.ts';
import type { UpperEntry } from './upper-entry.ts';
import type { LowerDirectory, LowerEntry } from './upper-lowers.ts';
import type { UpperReader } from './upper-reader.ts';
import { pathOf } from './upper-tree.ts';

/** Files below all the directories that are hidden as a whole; of more than this moves are not told. */
const MAX_HIDDEN_FILES = 20_000;
/** A larger file is taken for moved by its attributes and name. */
const MAX_COMPARED_BYTES = 16 * 1024 * 1024;

interface Hidden {
  readonly path: readonly string[];
  readonly entry: LowerEntry;
}

/** Keeps what it found for as long as the files hold still. */
export class Moves {
  private readonly reader: UpperReader;
  private hidden = new Map<string, Hidden[]>();
  private sources: readonly UpperEntry[] = [];
  private verdicts = new WeakMap<UpperEntry, string | null>();
  /** The budget did not suffice to judge every file. */
  isUnfinished = false;

  constructor(reader: UpperReader) {
    this.reader = reader;
  }

  /** Paths with one character a byte, of files and of directories all of whose files came from one. */
  async find(budget: CompareBudget): Promise<Map<UpperEntry, string>> {
    await this.findHidden();
    this.isUnfinished = false;
    const moves = new Map<UpperEntry, string>();
    if (this.hidden.size === 0) return moves;
    const breath = new Breath();
    for (const directory of this.reader.walk()) {
      for (const entry of directory.entries.values()) {
        if (breath.isDue) await breath.take();
        if (!isNew(entry)) continue;
        const from = await this.originOf(entry, budget);
        if (from !== null && this.reader.placeOf.has(entry)) moves.set(entry, from);
      }
    }
    if (moves.size > 0) this.addDirectories(moves);
    return moves;
  }

  private async findHidden(): Promise<void> {
    const sources: UpperEntry[] = [];
    for (const { entries } of this.reader.walk()) {
      for (const entry of entries.values()) {
        if (entry.covered && (entry.draft.type === NodeType.whiteout || entry.isOpaque)) sources.push(entry);
      }
    }
    const isSame =
      sources.length === this.sources.length && sources.every((at, index) => at === this.sources[index]);
    if (isSame) return;
    this.sources = sources;
    this.hidden = new Map();
    this.verdicts = new WeakMap();
    const breath = new Breath();
    let left = MAX_HIDDEN_FILES;
    for (const source of sources) {
      for (const found of this.filesAt(source)) {
        if (left-- <= 0) return;
        if (breath.isDue) await breath.take();
        const key = identityOf(found.entry.stat);
        this.hidden.set(key, [...(this.hidden.get(key) ?? []), found]);
      }
    }
  }

  /** The regular files that the image shows at and below a path that the R/W layer hides. */
  private *filesAt(source: UpperEntry): Generator<Hidden> {
    const parent = this.reader.placeOf.get(source);
    if (parent === undefined) return;
    const { lowers } = this.reader;
    const pending: Hidden[] = [{ path: pathOf(source, this.reader), entry: source.covered! }];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at.entry.stat.isFile()) yield at;
      if (!at.entry.stat.isDirectory()) continue;
      const directory = this.lowerAt(at.path);
      const names = lowers.names(directory, MAX_HIDDEN_FILES);
      const { path } = at;
      lowers.find(directory, names).forEach((entry, index) => {
        if (entry !== null) pending.push({ path: [...path, names[index]!], entry });
      });
    }
  }

  private lowerAt(path: readonly string[]): LowerDirectory {
    return path.reduce((at, name) => this.reader.lowers.below(at, name), this.reader.lowers.root);
  }

  /** null when it is not known to have been moved. */
  private async originOf(entry: UpperEntry, budget: CompareBudget): Promise<string | null> {
    const known = this.verdicts.get(entry);
    if (known !== undefined) return known;
    const candidates = this.hidden.get(identityOf(entry.stat)) ?? [];
    const chosen = choose(entry, candidates);
    if (chosen === undefined) {
      this.verdicts.set(entry, null);
      return null;
    }
    const verdict = await this.isCopy(entry, chosen, budget);
    if (verdict === undefined) return null;
    const from = verdict ? chosen.path.join('/') : null;
    this.verdicts.set(entry, from);
    return from;
  }

  /** undefined: it could not be found out now. */
  private async isCopy(
    entry: UpperEntry,
    { path, entry: lower }: Hidden,
    budget: CompareBudget,
  ): Promise<boolean | undefined> {
    if (lower.stat.size > MAX_COMPARED_BYTES) return path.at(-1) === entry.draft.name;
    if (budget.bytesLeft <= 0) {
      this.isUnfinished = true;
      return undefined;
    }
    const place = this.reader.placeOf.get(entry);
    const upperHandle = place && this.reader.open(place);
    const lowerHandle = this.reader.lowers.open(lower.layer, path.slice(0, -1));
    try {
      if (upperHandle === undefined || lowerHandle === undefined) return undefined;
      const comparison = new Comparison(entry.stat, lower.stat);
      const whole = { bytesLeft: MAX_COMPARED_BYTES, signal: budget.signal };
      const result = await comparison.proceed(
        upperHandle.at(entry.draft.name),
        lowerHandle.at(path.at(-1)!),
        whole,
      );
      budget.bytesLeft -= Number(lower.stat.size);
      return typeof result === 'number' ? result === 0 : undefined;
    } finally {
      upperHandle?.close();
      lowerHandle?.close();
    }
  }

  /** A new directory came from where all the files in it came from, if that is one hidden directory. */
  private addDirectories(moves: Map<UpperEntry, string>): void {
    const origins = new Map<UpperEntry, Set<string | null>>();
    for (const directory of this.reader.walk()) {
      for (const entry of directory.entries.values()) {
        if (!entry.isFile) continue;
        let from: string | null = moves.get(entry) ?? null;
        let name = entry.draft.name;
        for (let at = directory; at.entry.covered === null && at.path.length > 0; at = this.parentOf(at)) {
          from = from?.endsWith(`/${name}`) === true ? from.slice(0, -name.length - 1) : null;
          origins.set(at.entry, (origins.get(at.entry) ?? new Set()).add(from));
          name = at.entry.draft.name;
        }
      }
    }
    const gone = new Set(this.sources.map((source) => pathOf(source, this.reader).join('/')));
    for (const [entry, found] of origins) {
      const [from, ...others] = found;
      if (typeof from !== 'string' || others.length > 0) continue;
      if ([...gone].some((path) => from === path || from.startsWith(`${path}/`))) moves.set(entry, from);
    }
  }

  private parentOf({
    entry,
  }: {
    readonly entry: UpperEntry;
  }): ReturnType<UpperReader['placeOf']['get']> & {} {
    return this.reader.placeOf.get(entry)!;
  }
}

/** A file that is no copy of what the image has at its own path. */
function isNew(entry: UpperEntry): boolean {
  if (!entry.isFile) return false;
  return entry.covered?.stat.isFile() === true ? (entry.changedBytes ?? 0) > 0 : entry.covered === null;
}

function identityOf({ size, mode, uid, gid, mtimeNs }: BigIntStats): string {
  return `${size}:${mode}:${uid}:${gid}:${mtimeNs}`;
}

/** One that may be the only one, or the only one of its name; an empty file says nothing but by its name. */
function choose({ draft, stat }: UpperEntry, candidates: readonly Hidden[]): Hidden | undefined {
  const sameName = candidates.filter(({ path }) => path.at(-1) === draft.name);
  if (sameName.length === 1) return sameName[0];
  return candidates.length === 1 && stat.size > 0n ? candidates[0] : undefined;
}
