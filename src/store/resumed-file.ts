// A blob's file that is written over several tries: what an earlier one has left is hashed again, and goes on.
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestAlgorithm, digestHasher } from '../oci/digest.ts';

type Wanted = Pick<Descriptor, 'digest' | 'size'>;

export interface ResumeOptions {
  /** The bytes from there to the end. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>;
  readonly expected: Wanted;
  readonly signal?: AbortSignal;
}

const READ_BYTES = 1024 * 1024;
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Leaves the whole, verified and durable bytes at `path`. When it fails the file stays for the next try, unless its bytes are
 * wrong. After a loss of power it may hold nothing where something was written: then all is fetched again.
 */
export async function writeResumed(path: string, options: ResumeOptions): Promise<void> {
  for (;;) {
    try {
      return await writeOnce(path, options);
    } catch (error) {
      if (!isPhylloError(error) || !['digest-mismatch', 'size-mismatch'].includes(error.code)) throw error;
      await rm(path, { force: true });
      // From the beginning it came out wrong too.
      if (!(Number(error.data['resumedFrom']) > 0)) throw error;
    }
  }
}

async function writeOnce(path: string, { open: openFrom, expected, signal }: ResumeOptions): Promise<void> {
  await using file = await openUnfinished(path);
  const hasher = digestHasher(digestAlgorithm(expected.digest));
  const had = await hashHead(file, expected, hasher);
  let size = had;
  if (size < expected.size) {
    for await (const chunk of openFrom(size)) {
      if (signal?.aborted) throw new PhylloError('cancelled', 'store blob: cancelled');
      if (size + chunk.length > expected.size)
        throw mismatch('size-mismatch', expected, had, `more than ${expected.size} bytes came`);
      hasher.update(chunk);
      await writeFully(file, chunk, size);
      size += chunk.length;
    }
  }
  if (size !== expected.size)
    throw mismatch('size-mismatch', expected, had, `only ${size} of ${expected.size} bytes came`);
  const digest = hasher.digest();
  if (digest !== expected.digest)
    throw mismatch('digest-mismatch', expected, had, `the bytes have the digest ${digest}`);
  await file.sync();
  const onDisk = (await file.stat()).size;
  if (onDisk !== size)
    throw new PhylloError('no-space', `store blob: ${onDisk} of ${size} bytes reached the disk`);
}

/** One that is a blob already, as its process was killed just then, must not be written to. */
async function openUnfinished(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS, 0o600);
  if ((await file.stat()).nlink === 1) return file;
  await file.close();
  await rm(path, { force: true });
  return open(path, FLAGS | constants.O_EXCL, 0o600);
}

/** How many bytes are there. */
async function hashHead(
  file: FileHandle,
  { size }: Wanted,
  hasher: { update(chunk: Uint8Array): unknown },
): Promise<number> {
  const there = (await file.stat()).size;
  if (there > size) {
    await file.truncate(0);
    return 0;
  }
  const buffer = Buffer.alloc(Math.min(READ_BYTES, there));
  for (let at = 0; at < there;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return at;
    hasher.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return there;
}

function mismatch(
  code: 'digest-mismatch' | 'size-mismatch',
  { digest, size }: Wanted,
  resumedFrom: number,
  reason: string,
): PhylloError {
  return new PhylloError(code, `store blob ${digest}: ${reason}`, {
    hint: 'The data is damaged or was tampered with; get it again.',
    data: { expected: digest, size, resumedFrom },
  });
}
