// Unpacks a plain archive into a directory: no whiteouts, every name is a name. Entries are hostile: see apply-target.ts for
// how they are kept inside.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { type AttributeOptions, Attributes } from './apply-attributes.ts';
import { latin1, raw } from './apply-directory.ts';
import type { NewFile } from './apply-file.ts';
import { SparsePlaces } from './apply-sparse.ts';
import { type Conflicts, TargetTree } from './apply-target.ts';
import { Warnings, fileError } from './apply-warnings.ts';
import type { TarEntry } from './entry.ts';
import { TarParser, type TarSink } from './tar-parser.ts';

export interface UntarOptions extends AttributeOptions {
  /** Default: `protect`, the directory is somebody's own. */
  readonly conflicts?: Conflicts;
  /** Where an entry's path (one character a byte) is to go; undefined leaves it out. Default: as it is. */
  readonly rename?: (path: string) => string | undefined;
  /** The directory keeps the attributes that it has, whatever the archive says of it. */
  readonly keepsTop?: boolean;
  readonly signal?: AbortSignal;
}

export interface UntarResult {
  /** Entries that are not directories. */
  readonly files: number;
  readonly bytes: number;
  /** What could not be kept, one line for each kind; safe to show. */
  readonly warnings: readonly string[];
}

/** Throws what `TarParser` throws, `path-escape`, `already-exists`, `invalid-archive`, `cancelled`, `no-space`, `io`. */
export async function untar(
  tar: AsyncIterable<Uint8Array>,
  root: string,
  options: UntarOptions = {},
): Promise<UntarResult> {
  const unpacker = openUnpacker(root, options);
  const parser = new TarParser(unpacker);
  try {
    for await (const chunk of tar) {
      if (options.signal?.aborted) throw new PhylloError('cancelled', 'unpack archive: cancelled');
      parser.write(chunk);
    }
    parser.end();
    return unpacker.finish();
  } catch (error) {
    throw fileError(error, 'write', unpacker.path);
  } finally {
    unpacker.close();
  }
}

function openUnpacker(root: string, options: UntarOptions): Unpacker {
  try {
    return new Unpacker(root, options);
  } catch (error) {
    throw toPhylloError(error, `unpack archive to ${safeText(root)}`);
  }
}

class Unpacker implements TarSink {
  private readonly warnings = new Warnings();
  private readonly target: TargetTree;
  private readonly rename: (path: string) => string | undefined;
  private current: { entry: TarEntry; file: NewFile; places: SparsePlaces | undefined } | undefined;
  private readonly keepsTop: boolean;
  private files = 0;
  private bytes = 0;
  /** Of the entry that came last, for errors. */
  path = '';

  constructor(root: string, options: UntarOptions) {
    const attributes = new Attributes(options, this.warnings);
    this.target = new TargetTree(root, options.conflicts ?? 'protect', attributes);
    this.keepsTop = options.keepsTop ?? false;
    this.rename = options.rename ?? ((path) => path);
  }

  entry(entry: TarEntry): void {
    this.path = latin1(entry.path);
    const path = this.rename(this.path);
    if (path !== undefined) this.put(entry, path);
  }

  private put(entry: TarEntry, path: string): void {
    if (entry.type === 'dir' && path === '' && this.keepsTop) return;
    if (entry.type === 'dir') return this.target.putDirectory(path, entry);
    if (path === '') throw refuse(path, 'a file cannot take the place of the directory');
    this.files++;
    switch (entry.type) {
      case 'file': {
        const places = entry.sparse && new SparsePlaces(entry.sparse);
        this.current = { entry, file: this.target.createFile(path), places };
        return;
      }
      case 'symlink':
        return this.target.putSymlink(path, entry, entry.linkname);
      case 'hardlink':
        return this.putLink(entry, path);
      default:
        return this.target.putNode(path, entry, {
          type: entry.type,
          major: entry.devMajor,
          minor: entry.devMinor,
        });
    }
  }

  private putLink({ linkname }: TarEntry, path: string): void {
    const target = this.rename(latin1(linkname));
    if (target !== undefined && this.target.putHardlink(path, target)) return;
    throw refuse(path, `it is a hard link to ${safeBytes(linkname)}, which is not there`);
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

  finish(): UntarResult {
    this.target.settle();
    return { files: this.files, bytes: this.bytes, warnings: this.warnings.lines() };
  }

  close(): void {
    this.current?.file.discard();
    this.target.close();
  }
}

function refuse(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `unpack /${safeBytes(raw(path))}: ${reason}`);
}
