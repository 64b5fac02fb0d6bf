// Blobs by digest. A blob becomes visible by a link(2) that follows write, fsync and verification, so what is there is
// whole and durable whatever happens in between.
import { randomUUID } from 'node:crypto';
import { constants, lstatSync } from 'node:fs';
import { type FileHandle, chmod, link, lstat, open, readdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { fsyncDirectory, makeDirectory, writeFully } from '../lib/files.ts';
import { readAll, verified } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHasher, digestOf, isDigest } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader, Range } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { readBlobFile, readSmallBlob } from './blob-file.ts';
import { BlockWriter } from './block-writer.ts';
import type { StorePaths } from './paths.ts';
import { type ResumeOptions, writeResumed } from './resumed-file.ts';
import { setAside } from './set-aside.ts';

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

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

const AT_ONCE_BYTES = 256 * 1024;
/** How often a damaged blob in the way is set aside before it is given up: others may be putting it back. */
const PUBLISH_TRIES = 3;

export class Blobs implements BlobReader, BlobLocator {
  private readonly paths: StorePaths;
  private readonly readOnly: boolean;

  constructor(paths: StorePaths, readOnly: boolean) {
    this.paths = paths;
    this.readOnly = readOnly;
  }

  async has({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    return (await this.sizeOf(digest)) === size;
  }

  /** undefined when the blob is absent; links and folders in its place count as absent. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      // At once: images ask for all of their layers, and a look takes microseconds.
      const stat = lstatSync(this.paths.blob(digest));
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

  /**
   * A whole read throws at its end unless size and digest match; a blob that proves damaged is set aside then, so that
   * it is missing from now on and the next load brings a sound one. A range cannot be verified.
   */
  async open(descriptor: Pick<Descriptor, 'digest' | 'size'>, range?: Range): Promise<Readable> {
    await this.locate(descriptor).catch(async (error: unknown) => {
      await this.setAsideIfDamaged(descriptor.digest, error);
      throw error;
    });
    const bytes = range ? this.range(descriptor, range) : this.whole(descriptor);
    return Readable.from(bytes, { objectMode: false });
  }

  /** A whole document: most are so small that they are read at once. Throws as the bytes of `open` do. */
  async read(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Buffer> {
    const { digest, size } = descriptor;
    const bytes = size > AT_ONCE_BYTES ? undefined : readSmallBlob(this.paths.blob(digest), size);
    if (bytes && digestOf(bytes, digestAlgorithm(digest)) === digest) return bytes;
    return readAll(await this.open(descriptor), MAX_JSON_BYTES, `blob ${digest}`);
  }

  private range(
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
    range: Range,
  ): AsyncIterable<Uint8Array> {
    const offset = Math.min(range.offset, size);
    const length = Math.min(range.length, size - offset);
    return readBlobFile(this.paths.blob(digest), { offset, length }, digest);
  }

  private async *whole(descriptor: Pick<Descriptor, 'digest' | 'size'>): AsyncGenerator<Uint8Array> {
    try {
      yield* this.verified(descriptor);
    } catch (error) {
      await this.setAsideIfDamaged(descriptor.digest, error);
      throw error;
    }
  }

  private verified({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): AsyncIterable<Uint8Array> {
    const hasher = digestHasher(digestAlgorithm(digest));
    const bytes = readBlobFile(this.paths.blob(digest), { offset: 0, length: size }, digest);
    return verified(bytes, { digest, size, hasher, what: `blob ${digest}` });
  }

  /** Reads it first: the descriptor may have lied about it, or another process have put a sound one there since. */
  private async setAsideIfDamaged(digest: Digest, error: unknown): Promise<void> {
    if (this.readOnly || !isPhylloError(error, 'digest-mismatch')) return;
    if ((await this.verify(digest)) === 'damaged') await setAside(this.paths, this.paths.blob(digest));
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
      // The lease's folder is removed with all that is in it; the error that led here is worth more than this one.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** The same for one that is fetched piece by piece: `unfinished` stays when this fails, and is gone on with. */
  async resume(unfinished: string, options: ResumeOptions): Promise<void> {
    const { digest } = options.expected;
    try {
      await makeDirectory(dirname(unfinished));
      await writeResumed(unfinished, options);
      await this.publish(unfinished, digest);
    } catch (error) {
      throw toPhylloError(error, `store blob ${digest}`);
    }
    await rm(unfinished, { force: true });
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
    const writer = new BlockWriter((block, position) => {
      hasher.update(block);
      return writeFully(file, block, position);
    });
    for await (const chunk of data) {
      if (signal?.aborted) throw new PhylloError('cancelled', 'store blob: cancelled');
      size += chunk.length;
      if (expected && size > expected.size)
        throw mismatch('size-mismatch', expected, `more than ${expected.size} bytes came`);
      await writer.write(chunk);
    }
    await writer.end();
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
    await makeDirectory(dirname(path));
    await chmod(temporary, 0o444);
    for (let left = PUBLISH_TRIES; !(await this.linkOnce(temporary, digest)); left--) {
      if (left === 0)
        throw new PhylloError('io', `store blob ${digest}: another keeps putting damaged bytes there`);
    }
    await fsyncDirectory(dirname(path));
  }

  /** False when a damaged blob was in the way: what is promised to be there has to be read before it is believed. */
  private async linkOnce(temporary: string, digest: Digest): Promise<boolean> {
    try {
      await link(temporary, this.paths.blob(digest));
      return true;
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
    if ((await this.verify(digest)) === 'sound') {
      await this.freshen(digest);
      return true;
    }
    await setAside(this.paths, this.paths.blob(digest));
    return false;
  }

  /** Young blobs are not collected: one that is used again is young again. A blob of another user has to stay as it is. */
  async freshen(digest: Digest): Promise<void> {
    const now = new Date();
    await utimes(this.paths.blob(digest), now, now).catch((error: unknown) => {
      if (['ENOENT', 'EPERM', 'EACCES'].some((code) => isSystemError(error, code))) return;
      throw toPhylloError(error, `keep blob ${digest}`);
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

  /** Reads the whole blob. Throws when the system cannot read it, which says nothing about its bytes. */
  async verify(
    digest: Digest,
    { signal, onBytes }: VerifyOptions = {},
  ): Promise<'sound' | 'damaged' | 'absent'> {
    const size = await this.sizeOf(digest);
    if (size === undefined) return (await this.isFree(digest)) ? 'absent' : 'damaged';
    try {
      for await (const chunk of this.verified({ digest, size })) {
        if (signal?.aborted) throw new PhylloError('cancelled', 'check blobs: cancelled');
        onBytes?.(chunk.length);
      }
      return 'sound';
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return 'absent';
      if (isPhylloError(error, 'digest-mismatch') || isPhylloError(error, 'size-mismatch')) return 'damaged';
      throw error;
    }
  }

  /** Is there nothing at all in its place, not even a link or a folder? */
  private isFree(digest: Digest): Promise<boolean> {
    return lstat(this.paths.blob(digest)).then(
      () => false,
      (error: unknown) => isSystemError(error, 'ENOENT'),
    );
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
    hint: 'phyllo system check tells which images are affected; load or pull them again.',
    data: { digest },
  });
}

function damaged(digest: Digest, reason: string): PhylloError {
  return new PhylloError('digest-mismatch', `read blob ${digest}: ${reason}`, {
    hint: 'phyllo system check --repair sets it aside.',
    data: { digest },
  });
}
