// Lists a directory once, through descriptors: a directory that is swapped for a link meanwhile leads nowhere. Nothing but
// directories is opened.
import { type BigIntStats, readlinkSync } from 'node:fs';
import type { IgnorePatterns, IgnoreState } from '../../dockerfile/ignore.ts';
import { PhylloError, isSystemError } from '../../lib/errors.ts';
import { type NativeCalls, loadNative } from '../../lib/native.ts';
import { metadataOf } from '../../layer/apply-attributes.ts';
import { Directory } from '../../layer/apply-directory.ts';
import { Warnings, fileError } from '../../layer/apply-warnings.ts';
import { Breath } from '../../snapshot/upper-breath.ts';
import { CAPABILITIES, type ContextOptions, refuseCancelled } from './context-options.ts';
import { type FileRow, FileTable } from './file-table.ts';
import { Identities } from './identities.ts';
import { sortedNames } from './sorted-names.ts';
import { shownPath } from './table-view.ts';

/** Every level holds a descriptor; a path that any program can use has half as many. */
const MAX_DEPTH = 1000;

export interface WalkOptions extends ContextOptions {
  readonly ignore?: IgnorePatterns;
  /** For file capabilities; null does without. Default: loaded here. */
  readonly native?: NativeCalls | null;
}

export interface WalkedDirectory {
  readonly table: FileTable;
  readonly identities: Identities;
  /** Directories that count only as long as something in them is kept. */
  readonly leftOut: ReadonlySet<number>;
}

/**
 * Throws `read-only` for a directory that we may not read, `limit-exceeded` for one that is too deep, `io`, `cancelled`
 * within a few milliseconds.
 */
export async function walkDirectory(root: string, options: WalkOptions): Promise<WalkedDirectory> {
  refuseCancelled(options.signal);
  const top = openTop(root);
  const levels: Level[] = [];
  try {
    const walk = new Walk(top.statSelf(), options);
    levels.push({ directory: top, path: '', ignore: options.ignore?.root, next: 0, end: 0 });
    await walk.list(levels[0]!, 0);
    while (levels.length > 0) await walk.step(levels);
    return walk.finish();
  } finally {
    for (const { directory } of levels) directory.close();
  }
}

function openTop(root: string): Directory {
  try {
    return Directory.open(root);
  } catch (error) {
    if (!isSystemError(error, 'ENOTDIR')) throw fileError(error, 'read', latin1(root).replace(/^\//, ''));
    throw new PhylloError('invalid-argument', `read context ${shownPath(latin1(root))}: it is no directory`);
  }
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A directory on the way down. Its entries are in the table; `next` is the one to look into next. */
interface Level {
  readonly directory: Directory;
  readonly path: string;
  /** undefined: nothing is left out. */
  readonly ignore: IgnoreState | undefined;
  next: number;
  end: number;
}

class Walk {
  private readonly options: WalkOptions;
  private readonly native: NativeCalls | undefined;
  private readonly table: FileTable;
  private readonly identities = new Identities();
  private readonly leftOut = new Set<number>();
  private readonly warnings = new Warnings();
  private readonly breath = new Breath();
  private files = 0;
  private bytes = 0;

  constructor(root: BigIntStats, options: WalkOptions) {
    this.options = options;
    this.native = options.native === undefined ? loadNative() : (options.native ?? undefined);
    this.table = new FileTable(rowOf('dir', root));
    this.identities.push(root);
  }

  finish(): WalkedDirectory {
    this.report();
    for (const line of this.warnings.lines()) this.options.onWarning?.(line);
    return { table: this.table, identities: this.identities, leftOut: this.leftOut };
  }

  private report(): void {
    this.options.onProgress?.({ files: this.files, bytes: this.bytes });
  }

  private readonly pause = (): Promise<void> | undefined => {
    refuseCancelled(this.options.signal);
    return this.breath.isDue ? this.rest() : undefined;
  };

  private async rest(): Promise<void> {
    this.report();
    await this.breath.take();
    refuseCancelled(this.options.signal);
  }

  /** Enters the next directory of the deepest level, or leaves it. */
  async step(levels: Level[]): Promise<void> {
    const level = levels.at(-1)!;
    while (level.next < level.end && this.table.type(level.next) !== 'dir') level.next++;
    if (level.next === level.end) {
      levels.pop();
      level.directory.close();
      return;
    }
    const node = level.next++;
    const path = joined(level.path, this.table.name(node));
    if (levels.length > MAX_DEPTH) throw tooDeep(path);
    const directory = this.enter(level.directory, node, path);
    if (directory === undefined) return;
    const inner: Level = {
      directory,
      path,
      ignore: this.below(level, this.table.name(node)),
      next: 0,
      end: 0,
    };
    levels.push(inner);
    await this.list(inner, node);
  }

  /** undefined, and a warning, when it is not the directory that was listed. */
  private enter(parent: Directory, node: number, path: string): Directory | undefined {
    try {
      const directory = parent.child(this.table.name(node));
      if (directory !== undefined && this.identities.holds(node, directory.statSelf())) return directory;
      directory?.close();
    } catch (error) {
      throw fileError(error, 'read', path);
    }
    this.leftOut.add(node);
    this.warnings.note('left out, it changed while the context was read', path);
    return undefined;
  }

  /** Puts the entries of a directory into the table. */
  async list(level: Level, node: number): Promise<void> {
    for (const name of await this.namesOf(level)) {
      const pause = this.pause();
      if (pause !== undefined) await pause;
      this.add(level, node, name);
    }
    const { first, end } = this.table.childRange(node);
    level.next = first;
    level.end = end;
  }

  private async namesOf({ directory, path }: Level): Promise<string[]> {
    try {
      return await sortedNames(directory, this.pause);
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  private below({ ignore }: Level, name: string): IgnoreState | undefined {
    return ignore && this.options.ignore!.descend(ignore, name);
  }

  private add(level: Level, parent: number, name: string): void {
    const { isIgnored: isLeftOut = false, mayContain = true } = this.below(level, name) ?? {};
    if (isLeftOut && !mayContain) return;
    const { directory } = level;
    const path = joined(level.path, name);
    try {
      const stat = directory.stat(name);
      if (stat === undefined)
        return this.warnings.note('left out, it went away while the context was read', path);
      if (isLeftOut && !stat.isDirectory()) return;
      this.addEntry(directory, parent, { name, path, stat, isLeftOut });
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  private addEntry(directory: Directory, parent: number, { name, path, stat, isLeftOut }: Entry): void {
    const type = typeOf(stat);
    if (type === undefined)
      return this.warnings.note(`left out, ${kindOf(stat)} is no part of a context`, path);
    const xattrs = type === 'file' ? this.capabilities(directory.at(name), path) : undefined;
    const node = this.table.append(parent, name, {
      ...rowOf(type, stat),
      ...(type === 'symlink' && { linkname: readlinkSync(directory.at(name), 'buffer').toString('latin1') }),
      ...(xattrs !== undefined && { xattrs }),
    });
    this.identities.push(stat);
    if (isLeftOut) this.leftOut.add(node);
    if (type === 'dir') return;
    if (stat.nlink > 1n) this.table.setInode(node, `${stat.dev}:${stat.ino}`);
    this.files++;
    if (type === 'file') this.bytes += Number(stat.size);
  }

  private capabilities(place: Buffer, path: string): ReadonlyMap<string, Uint8Array> | undefined {
    if (this.native === undefined) return undefined;
    try {
      if (!this.native.listXattrs(place).includes(CAPABILITIES)) return undefined;
      const value = this.native.getXattr(place, CAPABILITIES);
      return value && new Map([[CAPABILITIES, Buffer.from(value)]]);
    } catch {
      this.warnings.note('file capabilities not read', path);
      return undefined;
    }
  }
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: BigIntStats;
  readonly isLeftOut: boolean;
}

function joined(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

function typeOf(stat: BigIntStats): 'file' | 'dir' | 'symlink' | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  return stat.isSymbolicLink() ? 'symlink' : undefined;
}

function kindOf(stat: BigIntStats): string {
  if (stat.isFIFO()) return 'a named pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}

function rowOf(type: FileRow['type'], stat: BigIntStats): FileRow {
  const { mode, mtimeSeconds, mtimeNanos } = metadataOf(stat);
  return { type, mode, mtimeSeconds, mtimeNanos, sizeBytes: type === 'file' ? Number(stat.size) : 0 };
}

function tooDeep(path: string): PhylloError {
  const shown = shownPath(path);
  return new PhylloError(
    'limit-exceeded',
    `read /${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown}: more than ${MAX_DEPTH} directories deep`,
  );
}
