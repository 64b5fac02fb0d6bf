// Compares the files of an upperdir with those that they cover, a limited amount at a time.
import { type CompareBudget, Comparison, isUsedUp } from './changed-bytes.ts';
import { Breath } from './upper-breath.ts';
import type { UpperEntry } from './upper-entry.ts';
import type { UpperReader } from './upper-reader.ts';
import { pathOf } from './upper-tree.ts';

export class UpperComparer {
  private readonly reader: UpperReader;

  constructor(reader: UpperReader) {
    this.reader = reader;
  }

  /** True when a number came to be known. Files that change meanwhile stay unknown until an event tells of them. */
  async proceed(budget: CompareBudget): Promise<boolean> {
    let found = false;
    const breath = new Breath();
    for (const entry of this.reader.uncompared) {
      if (isUsedUp(budget)) break;
      if (breath.isDue) await breath.take();
      // A big file is compared in several goes; when it changes meanwhile, it begins anew.
      entry.comparison ??= new Comparison(entry.stat, entry.covered!.stat);
      const { comparison } = entry;
      const result = await this.compare(entry, comparison, budget);
      if (result === 'unfinished') break;
      if (entry.comparison !== comparison) continue;
      entry.comparison = undefined;
      this.reader.uncompared.delete(entry);
      if (result === 'changed') continue;
      entry.changedBytes = result;
      this.reader.hasCompared = true;
      found = true;
    }
    return found;
  }

  private async compare(
    entry: UpperEntry,
    comparison: Comparison,
    budget: CompareBudget,
  ): ReturnType<Comparison['proceed']> {
    const { covered } = entry;
    const place = this.reader.placeOf.get(entry);
    if (!covered || place === undefined) return 'changed';
    const path = pathOf(entry, this.reader);
    const upper = this.reader.open(place);
    const lower = this.reader.lowers.open(covered.layer, path.slice(0, -1));
    try {
      if (upper === undefined || lower === undefined) return 'changed';
      return await comparison.proceed(upper.at(entry.draft.name), lower.at(entry.draft.name), budget);
    } finally {
      upper?.close();
      lower?.close();
    }
  }
}
