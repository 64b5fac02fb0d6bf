// One pass over a layer blob: hash of the stored bytes, inflate, hash of the tar, entries, content digests.
import { createHash, hash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import { type Digest, digestHasher, digestAlgorithm, shortDigest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { Compression } from '../oci/media-types.ts';
import { decompressed, sniffCompression } from './compression.ts';
import type { SparseChunk, TarEntry } from './entry.ts';
import { TarParser, type TarSink } from './tar-parser.ts';

const READ_BYTES = 1024 * 1024;
/** The zeros of larger holes are not hashed: a few bytes of tar could ask for days of work. */
const MAX_HASHED_HOLES_BYTES = 64 * 1024 * 1024;

export interface ScanOptions {
  readonly expectedDiffID?: Digest;
  readonly expectedDigest?: Digest;
  readonly hashFiles: boolean;
  /** Once per entry, when its body has passed; the digest is that of a regular file's logical content, 32 bytes. */
  readonly onEntry: (entry: TarEntry, contentDigest?: Uint8Array) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ScanResult {
  readonly compression: Compression;
  readonly diffID: Digest;
  readonly digest: Digest;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
}

/** Throws `digest-mismatch`, `invalid-archive` and what the parser throws. */
export function scanLayer(
  { path, offset, sizeBytes }: BlobLocation,
  options: ScanOptions,
): Promise<ScanResult> {
  // A read stream cannot be told to read nothing.
  if (sizeBytes === 0) return scanLayerStream(Readable.from([]), options, 0);
  const end = offset + sizeBytes - 1;
  const input = createReadStream(path, {
    start: offset,
    end,
    highWaterMark: READ_BYTES,
    signal: options.signal,
  });
  return scanLayerStream(input, options, sizeBytes);
}

/** The same for bytes that come from anywhere. */
export async function scanLayerStream(
  input: AsyncIterable<Uint8Array>,
  options: ScanOptions,
  totalBytes?: number,
): Promise<ScanResult> {
  const stored = new StoredBytes(input, options, totalBytes);
  const diffID = digestHasher(options.expectedDiffID && digestAlgorithm(options.expectedDiffID));
  const parser = new TarParser(new ContentHasher(options));
  let uncompressedBytes = 0;
  const compression = await stored.sniff();
  for await (const chunk of decompressed(stored, compression)) {
    options.signal?.throwIfAborted();
    diffID.update(chunk);
    uncompressedBytes += chunk.length;
    parser.write(chunk);
  }
  parser.end();
  const result = { compression, diffID: diffID.digest(), ...stored.finish(), uncompressedBytes };
  check('digest', options.expectedDigest, result.digest);
  check('diffID', options.expectedDiffID, result.diffID);
  return result;
}

function check(what: string, expected: Digest | undefined, found: Digest): void {
  if (expected === undefined || expected === found) return;
  throw new PhylloError('digest-mismatch', `verify layer ${shortDigest(expected)}: its ${what} is ${found}`, {
    hint: 'The image is damaged or was tampered with; get it again.',
    data: { expected, found },
  });
}

/** The stored bytes on their way: counted, hashed, reported. */
class StoredBytes implements AsyncIterable<Uint8Array> {
  private readonly input: AsyncIterator<Uint8Array>;
  private readonly hasher;
  private readonly options: ScanOptions;
  private readonly totalBytes: number | undefined;
  private first: IteratorResult<Uint8Array> | undefined;
  private doneBytes = 0;

  constructor(input: AsyncIterable<Uint8Array>, options: ScanOptions, totalBytes: number | undefined) {
    this.input = input[Symbol.asyncIterator]();
    this.options = options;
    this.totalBytes = totalBytes;
    this.hasher = digestHasher(options.expectedDigest && digestAlgorithm(options.expectedDigest));
  }

  async sniff(): Promise<Compression> {
    this.first = await this.input.next();
    return this.first.done ? 'none' : sniffCompression(this.first.value);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let next = this.first!; !next.done; next = await this.input.next()) {
      this.take(next.value);
      yield next.value;
    }
  }

  private take(chunk: Uint8Array): void {
    this.hasher.update(chunk);
    this.doneBytes += chunk.length;
    const totalBytes = this.totalBytes;
    this.options.onProgress?.({
      item: 'layer',
      doneBytes: this.doneBytes,
      ...(totalBytes !== undefined && { totalBytes }),
    });
  }

  finish(): { digest: Digest; compressedBytes: number } {
    return { digest: this.hasher.digest(), compressedBytes: this.doneBytes };
  }
}

/** Hands entries on with their content digests. */
class ContentHasher implements TarSink {
  private readonly options: ScanOptions;
  private current: TarEntry | undefined;
  private running: Hash | undefined;
  private digest: Uint8Array | undefined;
  private holes: HoleFiller | undefined;

  constructor(options: ScanOptions) {
    this.options = options;
  }

  entry(entry: TarEntry): void {
    this.current = entry;
    this.running = undefined;
    this.digest = undefined;
    this.holes = entry.sparse && new HoleFiller(entry.sparse, entry.sizeBytes);
  }

  data(chunk: Uint8Array): void {
    const entry = this.current!;
    if (!this.options.hashFiles || entry.type !== 'file') return;
    if (this.holes) return this.holes.add(chunk);
    if (chunk.length === entry.sizeBytes) this.digest = hash('sha256', chunk, 'buffer');
    else (this.running ??= createHash('sha256')).update(chunk);
  }

  endEntry(): void {
    const entry = this.current!;
    this.options.onEntry(entry, this.finishDigest(entry));
  }

  private finishDigest(entry: TarEntry): Uint8Array | undefined {
    if (!this.options.hashFiles || entry.type !== 'file') return undefined;
    if (this.holes) return this.holes.finish();
    return this.digest ?? (this.running ?? createHash('sha256')).digest();
  }
}

/** Hashes a sparse file as it reads: zeros in the holes. */
class HoleFiller {
  private readonly chunks: readonly SparseChunk[];
  private readonly sizeBytes: number;
  private readonly hash: Hash | undefined;
  private index = 0;
  private insideChunk = 0;
  private at = 0;

  constructor(chunks: readonly SparseChunk[], sizeBytes: number) {
    const data = chunks.reduce((sum, { length }) => sum + length, 0);
    this.chunks = chunks;
    this.sizeBytes = sizeBytes;
    this.hash = sizeBytes - data <= MAX_HASHED_HOLES_BYTES ? createHash('sha256') : undefined;
  }

  add(data: Uint8Array): void {
    if (this.hash === undefined) return;
    for (let taken = 0; taken < data.length;) {
      const { offset, length } = this.chunks[this.index]!;
      this.zerosUpTo(offset);
      const piece = data.subarray(taken, taken + length - this.insideChunk);
      this.hash.update(piece);
      this.at += piece.length;
      taken += piece.length;
      this.insideChunk += piece.length;
      if (this.insideChunk === length) {
        this.index++;
        this.insideChunk = 0;
      }
    }
  }

  private zerosUpTo(offset: number): void {
    while (this.at < offset) {
      const zeros = Buffer.alloc(Math.min(64 * 1024, offset - this.at));
      this.hash!.update(zeros);
      this.at += zeros.length;
    }
  }

  finish(): Uint8Array | undefined {
    if (this.hash === undefined) return undefined;
    this.zerosUpTo(this.sizeBytes);
    return this.hash.digest();
  }
}
