// Writes the entries of a tar into a tree, one after the other as the tar reader tells them. What an entry means, and where
// it goes, is its caller's business.
import { PhylloError } from '../lib/errors.ts';
import { latin1 } from './apply-directory.ts';
import type { NewFile } from './apply-file.ts';
import { SparsePlaces } from './apply-sparse.ts';
import type { TargetTree } from './apply-target.ts';
import { fileError } from './apply-warnings.ts';
import type { TarEntry } from './entry.ts';
import { TarParser, type TarSink } from './tar-parser.ts';

/** A regular file whose body is on its way. */
interface OpenEntry {
  readonly entry: TarEntry;
  readonly file: NewFile;
  readonly places: SparsePlaces | undefined;
}

export class EntryWriter {
  /** Entries that are not directories. */
  files = 0;
  /** Of regular files. */
  bytes = 0;
  private readonly target: TargetTree;
  private readonly putHardlink: (path: string, target: string) => void;
  private current: OpenEntry | undefined;

  constructor(target: TargetTree, putHardlink: (path: string, target: string) => void) {
    this.target = target;
    this.putHardlink = putHardlink;
  }

  /** `path` is where it goes to, one character a byte; only a directory can take the root's. */
  put(entry: TarEntry, path: string): void {
    if (entry.type === 'dir') return this.target.putDirectory(path, entry);
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
        return this.putHardlink(path, latin1(entry.linkname));
      default:
        return this.target.putNode(path, entry, {
          type: entry.type,
          major: entry.devMajor,
          minor: entry.devMinor,
        });
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

  /** What was not finished is taken away again. */
  discard(): void {
    this.current?.file.discard();
  }
}

/** What came of writing. */
export interface WriteResult {
  /** Entries that are not directories. */
  readonly files: number;
  /** Bytes of regular files. */
  readonly bytes: number;
  /** What could not be kept, one line for each kind; safe to show. */
  readonly warnings: readonly string[];
}

/** A sink that writes: `finish` is called when all went well, `close` in any case. */
export interface WritingSink extends TarSink {
  /** Of the entry that came last, for errors. */
  readonly path: string;
  finish(): WriteResult;
  close(): void;
}

/** Throws what `TarParser` and the sink throw, `cancelled` on the signal; `doing` begins that message. */
export async function writeEntries(
  tar: AsyncIterable<Uint8Array>,
  sink: WritingSink,
  { doing, signal }: { readonly doing: string; readonly signal?: AbortSignal },
): Promise<WriteResult> {
  const parser = new TarParser(sink);
  try {
    for await (const chunk of tar) {
      if (signal?.aborted) throw new PhylloError('cancelled', `${doing}: cancelled`);
      parser.write(chunk);
    }
    parser.end();
    return sink.finish();
  } catch (error) {
    throw fileError(error, 'write', sink.path);
  } finally {
    sink.close();
  }
}
