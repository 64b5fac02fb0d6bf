// Blobs by digest. A blob becomes visible by a link(2) that follows write, fsync and verification, so what is there is
// whole and durable whatever happens in between.
import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, chmod, link, lstat, mkdir, open, readdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { fsyncDirectory, writeFully } from '../lib/files.ts';
import { verified } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHasher, isDigest } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader, Range } from '../oci/image.ts';
import type { StorePaths } from './paths.ts';

export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
}

export interface PutOptions {
  /** A folder for the unfinished file, on the store's file system. */
  readonly directory: string;
  readonly expected?: Pick<Descriptor, 'digest' | 'size'>;
  readonly signal?: AbortSignal;
}

const READ_BYTES = 1024 * 1024;

export class Blobs implements BlobReader, BlobLocator {
  private readonly paths: StorePaths;

  constructor(paths: StorePaths) {
    this.paths = paths;
  }

  async has({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    return (await this.sizeOf(digest)) === size;
  }

  /** undefined when the blob is absent; links and folders in its place count as absent. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      const stat = await lstat(this.paths.blob(digest));
      return stat.isFile() ? stat.size : undefined;
    } catch (error) {
      if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
      throw toPhylloError(error, `read blob ${digest}`);
    }
  }

  async locate({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<BlobLocation> {
    const found = await this.sizeOf(digest);
    if (found === undefined) throw missing(digest);
    if (found !== size) throw damaged(digest, `it has ${found} bytes instead of ${size}`);
    return { path: this.paths.blob(digest), offset: 0, sizeBytes: size };
  }

  async open(descriptor: Pick<Descriptor, 'digest' | 'size'>, range?: Range): Promise<Readable> {
    const { digest, size } = descriptor;
    const { path } = await this.locate(descriptor);
    const start = range?.offset ?? 0;
    const length = Math.min(range?.length ?? size, size - start);
    if (length <= 0 && range) return Readable.from([]);
    const input =
      size === 0
        ? Readable.from([])
        : createReadStream(path, { start, end: start + length - 1, highWaterMark: READ_BYTES });
    if (range) return input;
    const hasher = digestHasher(digestAlgorithm(digest));
    return Readable.from(verified(input, { digest, size, hasher, what: `blob ${digest}` }), {
      objectMode: false,
    });
  }

  /** Idempotent: success means that the store has the bytes, durable and verified. */
  async put(
    data: AsyncIterable<Uint8Array>,
    { directory, expected, signal }: PutOptions,
  ): Promise<StoredBlob> {
    const temporary = join(directory, randomUUID());
    try {
      const blob = await this.write(temporary, data, expected, signal);
      await this.publish(temporary, blob.digest);
      return blob;
    } catch (error) {
      throw toPhylloError(error, `store blob ${expected?.digest ?? ''}`.trim());
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async write(
    path: string,
    data: AsyncIterable<Uint8Array>,
    expected: PutOptions['expected'],
    signal: AbortSignal | undefined,
  ): Promise<StoredBlob> {
    const hasher = digestHasher(expected && digestAlgorithm(expected.digest));
    await using file = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    let size = 0;
    for await (const chunk of data) {
      if (signal?.aborted) throw new PhylloError('cancelled', 'store blob: cancelled');
      size += chunk.length;
      if (expected && size > expected.size)
        throw mismatch('size-mismatch', expected, `more than ${expected.size} bytes came`);
      hasher.update(chunk);
      await writeFully(file, chunk);
    }
    // A failed fsync must not be tried again: the kernel has forgotten the pages by then.
    await file.sync();
    await checkOnDisk(file, size);
    const digest = hasher.digest();
    if (expected && size !== expected.size)
      throw mismatch('size-mismatch', expected, `only ${size} of ${expected.size} bytes came`);
    if (expected && digest !== expected.digest)
      throw mismatch('digest-mismatch', expected, `the bytes have the digest ${digest}`);
    return { digest, size };
  }

  private async publish(temporary: string, digest: Digest): Promise<void> {
    const path = this.paths.blob(digest);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await chmod(temporary, 0o444);
    try {
      await link(temporary, path);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
      await this.freshen(digest);
    }
    await fsyncDirectory(dirname(path));
  }

  /** Young blobs are not collected: one that is used again is young again. */
  async freshen(digest: Digest): Promise<void> {
    const now = new Date();
    await utimes(this.paths.blob(digest), now, now).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOENT')) throw error;
    });
  }

  async *list(): AsyncGenerator<Digest> {
    for (const algorithm of ['sha256', 'sha512']) {
      const names = await readdir(join(this.paths.blobs, algorithm)).catch((error: unknown) => {
        if (isSystemError(error, 'ENOENT')) return [];
        throw toPhylloError(error, 'list blobs');
      });
      for (const name of names) {
        const digest = `${algorithm}:${name}`;
        if (isDigest(digest)) yield digest;
      }
    }
  }

  /** Reads the whole blob; `false` when its bytes are not those of its name. */
  async verify(digest: Digest, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<boolean> {
    const size = await this.sizeOf(digest);
    if (size === undefined) return false;
    try {
      for await (const chunk of await this.open({ digest, size })) {
        if (signal?.aborted) throw new PhylloError('cancelled', 'check blobs: cancelled');
        onBytes((chunk as Uint8Array).length);
      }
      return true;
    } catch (error) {
      if (isPhylloError(error, 'digest-mismatch')) return false;
      throw error;
    }
  }
}

/** Hashing what was handed over hides what the disk did not take. */
async function checkOnDisk(file: FileHandle, size: number): Promise<void> {
  const onDisk = (await file.stat()).size;
  if (onDisk !== size)
    throw new PhylloError('no-space', `store blob: ${onDisk} of ${size} bytes reached the disk`);
}

function mismatch(
  code: 'digest-mismatch' | 'size-mismatch',
  expected: Pick<Descriptor, 'digest' | 'size'>,
  reason: string,
): PhylloError {
  return new PhylloError(code, `store blob ${expected.digest}: ${reason}`, {
    hint: 'The data is damaged or was tampered with; get it again.',
    data: { expected: expected.digest },
  });
}

function missing(digest: Digest): PhylloError {
  return new PhylloError('not-found', `read blob ${digest}: it is not in the store`, {
    hint: 'phyllo system check tells which images are affected.',
    data: { digest },
  });
}

function damaged(digest: Digest, reason: string): PhylloError {
  return new PhylloError('digest-mismatch', `read blob ${digest}: ${reason}`, {
    hint: 'phyllo system check --repair sets it aside.',
    data: { digest },
  });
}
