// A context that comes as a tar: copied to a file while it is read, contents then read by position.
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { IgnorePatterns } from '../../dockerfile/ignore.ts';
import { toPhylloError } from '../../lib/errors.ts';
import { writeFully } from '../../lib/files.ts';
import { decompressed, sniffCompression } from '../../layer/compression.ts';
import { ContentHasher } from '../../layer/content-hasher.ts';
import { BLOCK_BYTES } from '../../layer/tar-fields.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { Breath } from '../../snapshot/upper-breath.ts';
import type { FileFacts, FileSource } from '../file-view.ts';
import { type ContextOptions, refuseCancelled } from './context-options.ts';
import { DigestColumn } from './digest-column.ts';
import type { FileTable } from './file-table.ts';
import { ignoredNodes } from './ignored-nodes.ts';
import { peek } from './peek.ts';
import { refuseCompression } from './sniff-stdin.ts';
import { TableView, shownPath } from './table-view.ts';
import { tarBody } from './tar-body.ts';
import { type TarBody, TarDraft } from './tar-draft.ts';

export interface TarContextOptions extends ContextOptions {
  /** A directory for the uncompressed tar. Who gave it removes it, when nothing is read any more. */
  readonly folder: string;
}

/**
 * Plain, gzip or zstd. Throws `unsupported` for other compressions, `invalid-archive`, `path-escape` and `limit-exceeded`
 * for hostile tars, `no-space`, `io`, and `cancelled` as soon as the signal fires, also when nothing comes in.
 */
export async function openTarContext(
  input: AsyncIterable<Uint8Array>,
  options: TarContextOptions,
): Promise<TarContext> {
  const file = join(options.folder, `context-${randomUUID()}.tar`);
  try {
    return await new TarReading(file, options).read(untilAborted(input, options.signal));
  } catch (error) {
    await rm(file, { force: true });
    throw toPhylloError(error, 'read context');
  }
}

/** Every wait for the next chunk ends when the signal fires. */
async function* untilAborted(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]();
  let stop = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      refuseCancelled(signal);
      const next = await Promise.race([chunks.next(), aborted]);
      refuseCancelled(signal);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    // A generator that waits for more would not end before it came.
    if (signal?.aborted && input instanceof Readable) input.destroy();
    else if (!signal?.aborted) await chunks.return?.();
  }
}

class TarReading {
  private readonly file: string;
  private readonly options: TarContextOptions;
  private readonly draft = new TarDraft();
  private readonly breath = new Breath();
  private files = 0;
  private bytes = 0;

  constructor(file: string, options: TarContextOptions) {
    this.file = file;
    this.options = options;
  }

  async read(input: AsyncIterable<Uint8Array>): Promise<TarContext> {
    const { head, all } = await peek(input, BLOCK_BYTES);
    refuseCompression(head);
    await this.copy(decompressed(all, sniffCompression(head)));
    const bodies: TarBody[] = [];
    const table = await this.draft.finish((node, body) => (bodies[node] = body), this.pause);
    this.report();
    for (const line of this.draft.warnings.lines()) this.options.onWarning?.(line);
    return new TarContext({ file: this.file, table, bodies, digests: digestsOf(table, bodies) });
  }

  private async copy(tar: AsyncIterable<Uint8Array>): Promise<void> {
    const hasher = new ContentHasher((entry, digest) => {
      this.draft.add(entry, digest);
      if (entry.type !== 'dir') this.files++;
    }, true);
    const parser = new TarParser(hasher);
    await using copy: FileHandle = await open(this.file, 'wx', 0o600);
    for await (const chunk of tar) {
      const resting = this.pause();
      if (resting !== undefined) await resting;
      this.bytes += chunk.length;
      parser.write(chunk);
      await writeFully(copy, chunk);
    }
    parser.end();
  }

  private report(): void {
    this.options.onProgress?.({ files: this.files, bytes: this.bytes });
  }

  private readonly pause = (): Promise<void> | undefined => {
    refuseCancelled(this.options.signal);
    if (!this.breath.isDue) return undefined;
    this.report();
    return this.breath.take();
  };
}

function digestsOf(table: FileTable, bodies: readonly TarBody[]): DigestColumn {
  const digests = new DigestColumn(table.count);
  bodies.forEach(({ digest }, node) => {
    if (digest !== undefined) digests.set(node, digest);
  });
  return digests;
}

interface TarFiles {
  readonly file: string;
  readonly table: FileTable;
  /** By node; the root has none. */
  readonly bodies: readonly TarBody[];
  readonly digests: DigestColumn;
}

export class TarContext implements FileSource {
  private readonly files: TarFiles;
  private readonly view: TableView;

  constructor(files: TarFiles, view = new TableView(files.table)) {
    this.files = files;
    this.view = view;
  }

  /** The same without what is left out; this one stays as it is. Throws `cancelled`. */
  async ignoring(ignore: IgnorePatterns, signal?: AbortSignal): Promise<TarContext> {
    const leftOut = await ignoredNodes(this.files.table, ignore, signal);
    return new TarContext(this.files, new TableView(this.files.table, (node) => leftOut[node] === 1));
  }

  lookup(path: string): FileFacts | undefined {
    return this.view.lookup(path);
  }

  children(path: string): readonly string[] {
    return this.view.children(path);
  }

  open(path: string): Readable {
    return Readable.from(this.content(this.view.findFile(path)), { objectMode: false });
  }

  private content(node: number): AsyncGenerator<Uint8Array> {
    const { dataOffset, sparse, row } = this.files.bodies[node]!;
    const path = shownPath(this.files.table.path(node));
    return tarBody({ file: this.files.file, path, sizeBytes: row.sizeBytes, dataOffset, sparse });
  }

  /** Known since the tar was read, but for huge holes. */
  async digest(path: string, signal?: AbortSignal): Promise<string> {
    const node = this.view.findFile(path);
    const known = this.files.digests.get(node);
    if (known !== undefined) return known;
    const hasher = createHash('sha256');
    for await (const chunk of this.content(node)) {
      refuseCancelled(signal);
      hasher.update(chunk);
    }
    const digest = hasher.digest();
    this.files.digests.set(node, digest);
    return digest.toString('hex');
  }
}
