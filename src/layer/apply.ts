// Applies a layer to a directory (OCI layer.md, "Applying Changesets"). Entries are hostile: see apply-target.ts for
// how they are kept inside. What the result is agrees with tree/merge.ts.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { type AttributeOptions, Attributes } from './apply-attributes.ts';
import { latin1, raw } from './apply-directory.ts';
import type { NewFile } from './apply-file.ts';
import { SparsePlaces } from './apply-sparse.ts';
import { TargetTree } from './apply-target.ts';
import { Warnings, fileError } from './apply-warnings.ts';
import type { TarEntry } from './entry.ts';
import { TarParser, type TarSink } from './tar-parser.ts';
import { interpretEntry } from './whiteout.ts';

export interface ApplyOptions extends AttributeOptions {
  readonly signal?: AbortSignal;
}

export interface ApplyResult {
  /** Entries that are not directories. */
  readonly files: number;
  /** Bytes of regular files. */
  readonly bytes: number;
  /** What could not be kept, one line for each kind; safe to show. */
  readonly warnings: readonly string[];
}

/**
 * Applies an uncompressed tar to the directory `root`, which holds the layers below. On an error the directory is left
 * half changed, with nothing outside of it touched. Throws what `TarParser` throws, `cancelled`, `no-space`, `io` …
 */
export async function applyLayer(
  tar: AsyncIterable<Uint8Array>,
  root: string,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const applier = openApplier(root, options);
  const parser = new TarParser(applier);
  try {
    for await (const chunk of tar) {
      if (options.signal?.aborted) throw new PhylloError('cancelled', 'apply layer: cancelled');
      parser.write(chunk);
    }
    parser.end();
    return applier.finish();
  } catch (error) {
    throw fileError(error, 'write', applier.path);
  } finally {
    applier.close();
  }
}

function openApplier(root: string, options: ApplyOptions): LayerApplier {
  try {
    return new LayerApplier(root, options);
  } catch (error) {
    throw toPhylloError(error, `apply layer to ${safeText(root)}`);
  }
}

/** A regular file whose body is on its way. */
interface OpenEntry {
  readonly entry: TarEntry;
  readonly file: NewFile;
  readonly places: SparsePlaces | undefined;
}

/** The tar reader's sink. `close` has to be called in the end, `finish` before it when all went well. */
class LayerApplier implements TarSink {
  private readonly warnings = new Warnings();
  private readonly target: TargetTree;
  /** Paths of this layer: true for its entries, false for directories that these imply. Whiteouts spare them. */
  private readonly own = new Map<string, boolean>();
  private current: OpenEntry | undefined;
  private files = 0;
  private bytes = 0;
  /** Of the entry that came last, for errors. */
  path = '';

  constructor(root: string, options: ApplyOptions) {
    this.target = new TargetTree(root, 'replace', new Attributes(options, this.warnings));
  }

  entry(entry: TarEntry): void {
    this.path = latin1(entry.path);
    const meaning = interpretEntry(entry);
    switch (meaning.kind) {
      case 'ignored':
        return this.warnings.note(`ignored, ${meaning.reason}`, this.path);
      case 'whiteout':
        return this.whiteOut(latin1(meaning.path));
      case 'opaque':
        return this.hideLower(latin1(meaning.path));
      case 'entry':
        this.put(entry, this.path);
        if (meaning.opaque) this.hideLower(this.path);
    }
  }

  data(chunk: Uint8Array): void {
    if (this.current === undefined) return;
    const { file, places } = this.current;
    if (places === undefined) return file.write(chunk);
    for (const { data, offset } of places.place(chunk)) file.write(data, offset);
  }

  endEntry(): void {
    if (this.current === undefined) return;
    const { entry, file } = this.current;
    this.current = undefined;
    file.finish(entry, entry.sparse && entry.sizeBytes);
    this.bytes += entry.sizeBytes;
  }

  finish(): ApplyResult {
    this.target.settle();
    return { files: this.files, bytes: this.bytes, warnings: this.warnings.lines() };
  }

  close(): void {
    this.current?.file.discard();
    this.target.close();
  }

  // ----------------------------------------------------------------- entries

  private put(entry: TarEntry, path: string): void {
    this.claim(path);
    if (entry.type === 'dir') return this.target.putDirectory(path, entry);
    if (path === '') throw refuse(path, 'the root has to be a directory');
    this.files++;
    switch (entry.type) {
      case 'file':
        this.current = {
          entry,
          file: this.target.createFile(path),
          places: entry.sparse && new SparsePlaces(entry.sparse),
        };
        return;
      case 'symlink':
        return this.target.putSymlink(path, entry, entry.linkname);
      case 'hardlink':
        if (this.target.putHardlink(path, latin1(entry.linkname))) return;
        throw refuse(path, `it is a hard link to ${safeBytes(entry.linkname)}, which is not there`);
      default:
        return this.target.putNode(path, entry, {
          type: entry.type,
          major: entry.devMajor,
          minor: entry.devMinor,
        });
    }
  }

  /** Notes a path and the directories that it implies as this layer's own. */
  private claim(path: string): void {
    this.own.set(path, true);
    this.claimParents(path);
  }

  private claimParents(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (this.own.has(parent)) return;
      this.own.set(parent, false);
    }
  }

  // --------------------------------------------------------------- whiteouts

  /** Removes what lower layers have at a path. What this layer put there stays, wherever the whiteout stands. */
  private whiteOut(path: string): void {
    if (path === '') return this.warnings.note('ignored, a whiteout of the root', path);
    this.claimParents(path);
    const own = this.own.get(path);
    if (own === undefined) return this.target.remove(path);
    if (!this.target.isDirectory(path)) return;
    if (!own) this.target.describe(path);
    this.hideLower(path);
  }

  /** Empties a directory of what lower layers have in it. Needs no recursion: the paths of a layer may be deep. */
  private hideLower(path: string): void {
    if (path !== '' && !this.own.has(path)) this.own.set(path, false);
    this.claimParents(path);
    const pending = [path];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const name of this.target.names(at)) {
        const child = at === '' ? name : `${at}/${name}`;
        const own = this.own.get(child);
        if (own === undefined) this.target.remove(child);
        else if (this.target.isDirectory(child)) {
          if (!own) this.target.describe(child);
          pending.push(child);
        }
      }
    }
  }
}

function refuse(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `apply /${safeBytes(raw(path))}: ${reason}`);
}
