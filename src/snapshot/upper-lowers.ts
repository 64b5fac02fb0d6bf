// What a container's image shows below its upperdir: the unpacked layers, looked up as overlayfs does.
import type { BigIntStats } from 'node:fs';
import { metadataOf } from '../layer/apply-attributes.ts';
import { Directory } from '../layer/apply-directory.ts';
import type { NativeCalls } from '../lib/native.ts';

/** An entry of a lower layer that is visible through those above it. */
export interface LowerEntry {
  /** Index among the lowers, the top one 0. */
  readonly layer: number;
  readonly stat: BigIntStats;
}

/** A directory of the image: the layers whose directory of that path shows, top first. */
export interface LowerDirectory {
  /** Names from the root down, one character a byte. */
  readonly path: readonly string[];
  readonly layers: readonly number[];
}

/** Mode and owner, as they stand in the two: what makes a directory that only holds others a change of its own. */
export function hasAttributesOf(
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
  stat: BigIntStats,
): boolean {
  const below = metadataOf(stat);
  return below.mode === mode && below.uid === uid && below.gid === gid;
}

/** The directories are opened once and hold still: layers never change. */
export class Lowers {
  private readonly roots: readonly Directory[];
  private readonly native: NativeCalls | undefined;

  constructor(directories: readonly string[], native: NativeCalls | undefined) {
    this.roots = directories.map((directory) => Directory.open(directory));
    this.native = native;
  }

  get root(): LowerDirectory {
    return { path: [], layers: this.roots.map((_, layer) => layer) };
  }

  /** Attributes of the image's root: those of the top layer. */
  statRoot(): BigIntStats | undefined {
    return this.roots[0]?.statSelf();
  }

  /** The image's directory `name` in `parent`; without layers where it has none. */
  below(parent: LowerDirectory, name: string): LowerDirectory {
    const layers: number[] = [];
    this.inEach(parent, (directory, layer) => {
      const stat = directory.stat(name);
      if (stat === undefined) return false;
      if (!stat.isDirectory()) return true;
      layers.push(layer);
      return this.mark(directory.at(name), 'opaque') === 'y';
    });
    return { path: [...parent.path, name], layers };
  }

  /** What the image shows for each of the names in a directory; null for nothing. */
  find(parent: LowerDirectory, names: readonly string[]): (LowerEntry | null)[] {
    const found = names.map((): LowerEntry | null | undefined => undefined);
    this.inEach(parent, (directory, layer) => {
      names.forEach((name, index) => {
        if (found[index] !== undefined) return;
        const stat = directory.stat(name);
        if (stat !== undefined)
          found[index] = this.isWhiteout(stat, directory, name) ? null : { layer, stat };
      });
      return !found.includes(undefined);
    });
    return found.map((entry) => entry ?? null);
  }

  /** Names that the image shows in a directory, unsorted, at most `limit`. */
  names(parent: LowerDirectory, limit: number): string[] {
    const names = new Set<string>();
    this.inEach(parent, (directory) => {
      for (const name of directory.names()) if (names.size < limit) names.add(name);
      return names.size >= limit;
    });
    return [...names];
  }

  /** The directory of one layer, to be closed by the caller; undefined when the way to it is none of directories. */
  open(layer: number, path: readonly string[]): Directory | undefined {
    return openBelow(this.roots[layer]!, path);
  }

  close(): void {
    for (const root of this.roots) root.close();
  }

  /** Visits the directory in its layers, top first, until `visit` says that it has seen enough. */
  private inEach(parent: LowerDirectory, visit: (directory: Directory, layer: number) => boolean): void {
    for (const layer of parent.layers) {
      const directory = this.open(layer, parent.path);
      if (directory === undefined) continue;
      try {
        if (visit(directory, layer)) return;
      } finally {
        directory.close();
      }
    }
  }

  private isWhiteout(stat: BigIntStats, directory: Directory, name: string): boolean {
    if (stat.isCharacterDevice()) return stat.rdev === 0n;
    return stat.isFile() && stat.size === 0n && this.mark(directory.at(name), 'whiteout') !== undefined;
  }

  private mark(place: Buffer, name: string): string | undefined {
    const value =
      this.native?.getXattr(place, `trusted.overlay.${name}`) ??
      this.native?.getXattr(place, `user.overlay.${name}`);
    return value && Buffer.from(value).toString('latin1');
  }
}

/** Step by step, so that no link on the way is followed; to be closed by the caller. */
export function openBelow(root: Directory, path: readonly string[]): Directory | undefined {
  let at = root.again();
  for (const name of path) {
    const parent = at;
    let child: Directory | undefined;
    try {
      child = parent.child(name);
    } finally {
      parent.close();
    }
    if (child === undefined) return undefined;
    at = child;
  }
  return at;
}
