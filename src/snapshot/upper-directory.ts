// One directory of an upperdir, with what was read of it.
import type { UpperEntry } from './upper-entry.ts';
import type { LowerDirectory } from './upper-lowers.ts';

export class UpperDirectory {
  readonly entry: UpperEntry;
  /** Names from the root down, one character a byte. */
  readonly path: readonly string[];
  readonly entries = new Map<string, UpperEntry>();
  readonly directories = new Map<string, UpperDirectory>();
  /** What the image shows at its path. */
  readonly lower: LowerDirectory;
  /** Names to be read again. */
  stale: Set<string> | 'all' | undefined = 'all';
  /** It went away, or another one took its place. */
  isGone = false;

  constructor(entry: UpperEntry, path: readonly string[], lower: LowerDirectory) {
    this.entry = entry;
    this.path = path;
    this.lower = lower;
  }
}
