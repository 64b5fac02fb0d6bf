// One pass over a layer blob: hash of the stored bytes, inflate, hash of the tar, entries, content digests.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import { type Digest, digestHasher, digestAlgorithm, shortDigest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { Compression } from '../oci/media-types.ts';
import { decompressed, sniffCompression } from './compression.ts';
import { ContentHasher, type OnEntry } from './content-hasher.ts';
import { TarParser } from './tar-parser.ts';

const READ_BYTES = 1024 * 1024;
const MAGIC_BYTES = 4;

export interface ScanOptions {
  readonly expectedDiffID?: Digest;
  readonly expectedDigest?: Digest;
  /** False for a compressed blob whose digest is known: that of its tar proves it as well. Default: true. */
  readonly hashStored?: boolean;
  readonly hashFiles: boolean;
  /** Once per entry, when its body has passed; the digest is that of a regular file's logical content, 32 bytes. */
  readonly onEntry: OnEntry;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ScanResult {
  readonly compression: Compression;
  readonly diffID: Digest;
  /** Undefined when it was not to be hashed. */
  readonly digest: Digest | undefined;
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
  const result = await scan(new StoredBytes(input, options, totalBytes), options).catch((error: unknown) => {
    throw toPhylloError(error, 'read layer');
  });
  if (result.digest !== undefined) check('digest', options.expectedDigest, result.digest);
  check('diffID', options.expectedDiffID, result.diffID);
  return result;
}

async function scan(stored: StoredBytes, options: ScanOptions): Promise<ScanResult> {
  const diffID = digestHasher(options.expectedDiffID && digestAlgorithm(options.expectedDiffID));
  const parser = new TarParser(new ContentHasher(options.onEntry, options.hashFiles));
  let uncompressedBytes = 0;
  const compression = await stored.sniff();
  // What is stored plain is its own tar: hashed once, both digests are known.
  const isTar = compression === 'none' && sameAlgorithm(options);
  for await (const chunk of decompressed(stored, compression)) {
    if (options.signal?.aborted) throw new PhylloError('cancelled', 'read layer: cancelled');
    if (!isTar) diffID.update(chunk);
    uncompressedBytes += chunk.length;
    parser.write(chunk);
  }
  parser.end();
  const { digest, compressedBytes } = stored.finish();
  return {
    compression,
    diffID: isTar && digest !== undefined ? digest : diffID.digest(),
    digest,
    compressedBytes,
    uncompressedBytes,
  };
}

function sameAlgorithm({ expectedDigest, expectedDiffID }: ScanOptions): boolean {
  const [stored, tar] = [expectedDigest, expectedDiffID].map((digest) => digest && digestAlgorithm(digest));
  return (stored ?? 'sha256') === (tar ?? 'sha256');
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
  private readonly head: Uint8Array[] = [];
  private doneBytes = 0;
  private isHashed: boolean;

  constructor(input: AsyncIterable<Uint8Array>, options: ScanOptions, totalBytes: number | undefined) {
    this.input = input[Symbol.asyncIterator]();
    this.options = options;
    this.totalBytes = totalBytes;
    this.isHashed = options.hashStored ?? true;
    this.hasher = digestHasher(options.expectedDigest && digestAlgorithm(options.expectedDigest));
  }

  /** From the first bytes, which may come one by one. */
  async sniff(): Promise<Compression> {
    for (let bytes = 0; bytes < MAGIC_BYTES;) {
      const next = await this.input.next();
      if (next.done) break;
      this.head.push(next.value);
      bytes += next.value.length;
    }
    const compression = sniffCompression(this.head.length === 1 ? this.head[0]! : Buffer.concat(this.head));
    // Stored plain it is its own tar, which has no other proof.
    this.isHashed ||= compression === 'none';
    return compression;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of this.head.splice(0)) yield this.take(chunk);
      for (;;) {
        const next = await this.input.next();
        if (next.done) return;
        yield this.take(next.value);
      }
    } finally {
      await this.input.return?.();
    }
  }

  private take(chunk: Uint8Array): Uint8Array {
    if (this.isHashed) this.hasher.update(chunk);
    this.doneBytes += chunk.length;
    const totalBytes = this.totalBytes;
    this.options.onProgress?.({
      item: 'layer',
      doneBytes: this.doneBytes,
      ...(totalBytes !== undefined && { totalBytes }),
    });
    return chunk;
  }

  finish(): { digest: Digest | undefined; compressedBytes: number } {
    return { digest: this.isHashed ? this.hasher.digest() : undefined, compressedBytes: this.doneBytes };
  }
}
