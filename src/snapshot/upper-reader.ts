// Reads an upperdir and keeps what it read, so that after a change only what was named as changed is read again.
import { Directory, latin1 } from '../layer/apply-directory.ts';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { type NativeCalls, loadNative } from '../lib/native.ts';
import { NodeType } from '../tree/layer-tree.ts';
import { Breath } from './upper-breath.ts';
import { type UpperEntry, describeUpper } from './upper-entry.ts';
import { UpperDirectory } from './upper-directory.ts';
import { type LowerDirectory, Lowers, openBelow } from './upper-lowers.ts';

export interface UpperOptions {
  /**
   * Paths (raw, no leading slash) that whoever runs the container made for itself, such as mount points: left out as
   * long as they are empty files or empty directories.
   */
  readonly exclude?: readonly Uint8Array[];
  /** Unpacked layer directories below the upperdir, the top one first. Without them nothing is told of what is covered. */
  readonly lowers?: readonly string[];
  /** For xattrs; null does without. Default: loaded here. */
  readonly native?: NativeCalls | null;
}

export interface UpperObserver {
  /** A directory is about to be read; `place` names it for calls, as long as this call lasts. */
  entered(directory: UpperDirectory, place: Buffer): void;
  /** It is gone, or another one took its place. */
  left(directory: UpperDirectory): void;
}

/** What a hostile container may make of directories in directories, and of files, before we look away. */
const MAX_DEPTH = 256;
const MAX_ENTRIES = 2_000_000;

const NOTHING: LowerDirectory = { path: [], layers: [] };

export class UpperReader {
  readonly root: UpperDirectory;
  readonly lowers: Lowers;
  readonly excluded: readonly string[];
  /** Regular files that cover one and were not compared yet since they changed. */
  readonly uncompared = new Set<UpperEntry>();
  readonly placeOf = new Map<UpperEntry, UpperDirectory>();
  /** Any file was compared, ever. */
  hasCompared = false;
  /** Names of inodes, directories left out. */
  readonly names = new Map<bigint, UpperEntry[]>();
  private readonly top: Directory;
  private readonly native: NativeCalls | undefined;
  private readonly observer: UpperObserver | undefined;
  private readonly staleDirectories = new Set<UpperDirectory>();
  private readonly notes = new Set<string>();
  /** Of the reading that is going on. */
  private queue: UpperDirectory[] = [];

  /** Throws `not-found` where there is no such directory. */
  constructor(directory: string, options: UpperOptions = {}, observer?: UpperObserver) {
    this.native = options.native === undefined ? loadNative() : (options.native ?? undefined);
    this.observer = observer;
    this.excluded = (options.exclude ?? []).map(latin1);
    try {
      this.top = Directory.open(directory);
      this.lowers = new Lowers(options.lowers ?? [], this.native);
    } catch (error) {
      throw toPhylloError(error, 'read upperdir');
    }
    this.root = new UpperDirectory(this.describeRoot(), [], this.lowers.root);
    this.staleDirectories.add(this.root);
  }

  /** Odd things met; safe to show. */
  get warnings(): readonly string[] {
    return [...this.notes];
  }

  get isStale(): boolean {
    return this.staleDirectories.size > 0;
  }

  /** Something happened to `name` in a directory, or to anything in it. */
  mark(directory: UpperDirectory, name?: string): void {
    if (directory.isGone) return;
    if (name === undefined || directory.stale === 'all') directory.stale = 'all';
    else if (directory.stale === undefined) directory.stale = new Set([name]);
    else directory.stale.add(name);
    this.staleDirectories.add(directory);
  }

  /** Attributes of the upperdir itself are looked at whenever anything is read. */
  markRoot(): void {
    this.staleDirectories.add(this.root);
  }

  isMarked(directory: UpperDirectory, name: string): boolean {
    return directory.stale === 'all' || directory.stale?.has(name) === true;
  }

  /** Whether an entry is what it was when it was read last. */
  isAsRead(directory: UpperDirectory, name: string): boolean {
    const handle = directory.isGone ? undefined : this.open(directory);
    if (handle === undefined) return true;
    try {
      const stat = handle.stat(name);
      const entry = directory.entries.get(name);
      return stat === undefined || entry === undefined || entry.isAsIn(stat);
    } finally {
      handle.close();
    }
  }

  /** The upperdir itself was removed. */
  get isGone(): boolean {
    return this.top.statSelf().nlink === 0n;
  }

  markAll(): void {
    for (const directory of this.walk()) this.mark(directory);
  }

  /** Parents before what is in them. */
  *walk(from: UpperDirectory = this.root): Generator<UpperDirectory> {
    const pending = [from];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      yield at;
      pending.push(...at.directories.values());
    }
  }

  /**
   * Reads what is marked, a few milliseconds at a time; what is marked meanwhile waits for the next reading. True when
   * anything is not as it was.
   */
  async read(signal?: AbortSignal): Promise<boolean> {
    const breath = new Breath();
    let changed = this.refreshRoot();
    this.queue = [...this.staleDirectories];
    this.staleDirectories.clear();
    for (let at = 0; at < this.queue.length; at++) {
      for (const stepChanged of this.steps(this.queue[at]!)) {
        changed ||= stepChanged;
        if (breath.isDue) await breath.take();
        if (signal?.aborted) throw new PhylloError('cancelled', 'read upperdir: cancelled');
      }
    }
    this.queue = [];
    return changed;
  }

  /** Opens an upper directory; to be closed by the caller. */
  open(directory: UpperDirectory): Directory | undefined {
    return openBelow(this.top, directory.path);
  }

  close(): void {
    this.top.close();
    this.lowers.close();
  }

  private describeRoot(): UpperEntry {
    const entry = describeUpper('', this.top.statSelf(), this.top.inside, this.native)!;
    entry.covered = null;
    const stat = this.lowers.statRoot();
    if (stat !== undefined) entry.covered = { layer: 0, stat };
    return entry;
  }

  private refreshRoot(): boolean {
    const { entry } = this.root;
    return entry.stat.ctimeNs !== this.top.statSelf().ctimeNs && entry.take(this.describeRoot());
  }

  private *steps(directory: UpperDirectory): Generator<boolean> {
    const handle = directory.isGone ? undefined : this.open(directory);
    if (handle === undefined) return;
    try {
      // Watched before it is read: what comes between is told by an event.
      this.observer?.entered(directory, handle.inside);
      const { stale } = directory;
      directory.stale = undefined;
      this.staleDirectories.delete(directory);
      const names = stale === 'all' ? handle.names() : [...(stale ?? [])];
      yield this.refreshSelf(directory, handle);
      if (stale === 'all') yield this.forgetAllBut(directory, new Set(names));
      for (const name of names) yield this.refresh(directory, handle, name, stale !== 'all');
      this.lookBelow(directory);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, 'read upperdir');
    } finally {
      handle.close();
    }
  }

  /** Its time changes with what comes and goes in it, of which its parent hears nothing. */
  private refreshSelf(directory: UpperDirectory, handle: Directory): boolean {
    const { entry } = directory;
    const stat = handle.statSelf();
    if (directory === this.root || entry.stat.ctimeNs === stat.ctimeNs) return false;
    const next = describeUpper(entry.draft.name, stat, handle.inside, this.native)!;
    if (entry.isDirectoryOf(next)) return entry.take(next);
    this.mark(this.placeOf.get(entry)!, entry.draft.name);
    return false;
  }

  private forgetAllBut(directory: UpperDirectory, names: ReadonlySet<string>): boolean {
    let changed = false;
    for (const name of directory.entries.keys()) {
      if (!names.has(name)) changed = this.forget(directory, name) || changed;
    }
    return changed;
  }

  /** `told`: an event named it, so that equal times are no proof that it is as it was. */
  private refresh(directory: UpperDirectory, handle: Directory, name: string, told: boolean): boolean {
    const stat = handle.stat(name);
    if (stat === undefined) return this.forget(directory, name);
    const old = directory.entries.get(name);
    if (old?.isAsIn(stat) === true) {
      if (told && old.isFile) this.compareAgain(old);
      return told && old.isFile;
    }
    const next = describeUpper(name, stat, handle.at(name), this.native);
    if (next === undefined) return this.forget(directory, name);
    const kept = directory.directories.get(name);
    if (kept?.entry.isDirectoryOf(next) === true) {
      return kept.entry.take(next);
    }
    if (old !== undefined) this.forget(directory, name);
    this.place(directory, next);
    if (stat.nlink > 1n) this.updateOtherNames(next);
    return true;
  }

  /** No event comes for a directory where the file that was written to has another name. */
  private updateOtherNames(entry: UpperEntry): void {
    for (const other of this.names.get(entry.stat.ino) ?? []) {
      if (other === entry || other.isAsIn(entry.stat)) continue;
      other.take(entry);
      this.compareAgain(other);
    }
  }

  private place(directory: UpperDirectory, entry: UpperEntry): void {
    const { name, type } = entry.draft;
    if (this.placeOf.size >= MAX_ENTRIES) return this.note(`more than ${MAX_ENTRIES} entries`);
    const depth = directory.path.length + 1;
    if (type === NodeType.dir && depth > MAX_DEPTH)
      return this.note(`more than ${MAX_DEPTH} levels of folders`);
    directory.entries.set(name, entry);
    directory.entry.draft.add(entry.draft);
    this.placeOf.set(entry, directory);
    if (type === NodeType.dir) return this.enter(directory, entry);
    const others = this.names.get(entry.stat.ino);
    if (others === undefined) this.names.set(entry.stat.ino, [entry]);
    else others.push(entry);
  }

  private enter(parent: UpperDirectory, entry: UpperEntry): void {
    const { name } = entry.draft;
    const path = [...parent.path, name];
    const hidden = entry.isOpaque || parent.lower.layers.length === 0;
    const lower = hidden ? NOTHING : this.lowers.below(parent.lower, name);
    const made = new UpperDirectory(entry, path, lower);
    parent.directories.set(name, made);
    this.queue.push(made);
  }

  private note(what: string): void {
    this.notes.add(`not all of the R/W layer is shown: it has ${what}`);
  }

  private forget(directory: UpperDirectory, name: string): boolean {
    const entry = directory.entries.get(name);
    if (entry === undefined) return false;
    const gone = directory.directories.get(name);
    if (gone !== undefined) for (const below of this.walk(gone)) this.leave(below);
    this.drop(entry);
    directory.entries.delete(name);
    directory.directories.delete(name);
    directory.entry.draft.children?.delete(name);
    return true;
  }

  private leave(directory: UpperDirectory): void {
    directory.isGone = true;
    this.observer?.left(directory);
    this.staleDirectories.delete(directory);
    for (const entry of directory.entries.values()) this.drop(entry);
  }

  private drop(entry: UpperEntry): void {
    this.placeOf.delete(entry);
    this.uncompared.delete(entry);
    const names = this.names.get(entry.stat.ino)?.filter((name) => name !== entry) ?? [];
    if (names.length > 0) this.names.set(entry.stat.ino, names);
    else this.names.delete(entry.stat.ino);
  }

  /** Finds what the new entries of a directory cover. */
  private lookBelow(directory: UpperDirectory): void {
    const unknown = [...directory.entries.values()].filter(({ covered }) => covered === undefined);
    if (unknown.length === 0) return;
    const found = this.lowers.find(
      directory.lower,
      unknown.map(({ draft }) => draft.name),
    );
    unknown.forEach((entry, index) => {
      entry.covered = found[index]!;
      this.compareAgain(entry);
    });
  }

  private compareAgain(entry: UpperEntry): void {
    if (!entry.isFile || entry.covered?.stat.isFile() !== true) return;
    entry.changedBytes = undefined;
    entry.comparison = undefined;
    this.uncompared.add(entry);
  }
}
