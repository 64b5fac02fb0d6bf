// Unpacks a plain archive into a directory: no whiteouts, every name is a name. Entries are hostile: see apply-target.ts for
// how they are kept inside.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { type AttributeOptions, Attributes } from './apply-attributes.ts';
import { latin1, raw } from './apply-directory.ts';
import { type Conflicts, TargetTree } from './apply-target.ts';
import { Warnings } from './apply-warnings.ts';
import { EntryWriter, type WriteResult, type WritingSink, writeEntries } from './apply-writer.ts';
import type { TarEntry } from './entry.ts';

export interface UntarOptions extends AttributeOptions {
  /** Default: `protect`, the directory is somebody's own. */
  readonly conflicts?: Conflicts;
  /** Where an entry's path (one character a byte) is to go; undefined leaves it out. Default: as it is. */
  readonly rename?: (path: string) => string | undefined;
  /** The directory keeps the attributes that it has, whatever the archive says of it. */
  readonly keepsTop?: boolean;
  readonly signal?: AbortSignal;
}

/** Throws what `TarParser` throws, `path-escape`, `already-exists`, `invalid-archive`, `cancelled`, `no-space`, `io`. */
export async function untar(
  tar: AsyncIterable<Uint8Array>,
  root: string,
  options: UntarOptions = {},
): Promise<WriteResult> {
  return writeEntries(tar, openUnpacker(root, options), { doing: 'unpack archive', signal: options.signal });
}

function openUnpacker(root: string, options: UntarOptions): Unpacker {
  try {
    return new Unpacker(root, options);
  } catch (error) {
    throw toPhylloError(error, `unpack archive to ${safeText(root)}`);
  }
}

class Unpacker implements WritingSink {
  private readonly warnings = new Warnings();
  private readonly target: TargetTree;
  private readonly rename: (path: string) => string | undefined;
  private readonly keepsTop: boolean;
  private readonly writer: EntryWriter;
  /** Of the entry that came last, for errors. */
  path = '';

  constructor(root: string, options: UntarOptions) {
    const attributes = new Attributes(options, this.warnings);
    this.target = new TargetTree(root, options.conflicts ?? 'protect', attributes);
    this.writer = new EntryWriter(this.target, (path, target) => this.putHardlink(path, target));
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
    if (path === '' && entry.type !== 'dir')
      throw refuse(path, 'a file cannot take the place of the directory');
    this.writer.put(entry, path);
  }

  private putHardlink(path: string, linkname: string): void {
    const target = this.rename(linkname);
    if (target !== undefined && this.target.putHardlink(path, target)) return;
    throw refuse(path, `it is a hard link to ${safeBytes(raw(linkname))}, which is not there`);
  }

  data(chunk: Uint8Array): void {
    this.writer.data(chunk);
  }

  endEntry(): void {
    this.writer.endEntry();
  }

  finish(): WriteResult {
    this.target.settle();
    const { files, bytes } = this.writer;
    return { files, bytes, warnings: this.warnings.lines() };
  }

  close(): void {
    this.writer.discard();
    this.target.close();
  }
}

function refuse(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `unpack /${safeBytes(raw(path))}: ${reason}`);
}
