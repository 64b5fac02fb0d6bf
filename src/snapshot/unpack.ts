// Unpacks one layer into a folder of its own, as overlayfs stacks it. Reads, inflates and writes: never to be called in
// the process that talks to the user, except by tests.
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { Locker } from '../lib/lock.ts';
import { loadNative } from '../lib/native.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { runProgram } from '../lib/run-program.ts';
import { counted } from '../lib/streams.ts';
import type { Metadata } from '../layer/apply-attributes.ts';
import { Directory } from '../layer/apply-directory.ts';
import type { OverlayForm } from '../layer/apply-overlay.ts';
import { applyLayer } from '../layer/apply.ts';
import type { WriteResult } from '../layer/apply-writer.ts';
import { decompressed } from '../layer/compression.ts';
import { compressionOf } from '../layer/seek.ts';
import { type Digest, digestAlgorithm, digestHasher, shortDigest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { ImpliedDirectory, UnpackPlan } from './unpack-plan.ts';

/** `trusted`: for root. `user`: for root of a user namespace, to be mounted with `userxattr`. */
export type UnpackForm = 'trusted' | 'user';

/** JSON, for it goes to another process. */
export interface UnpackJob {
  readonly blob: BlobLocation;
  readonly diffID: Digest;
  readonly form: UnpackForm;
  /** To be made: it gets the layer's tree in `TREE_NAME` and, when that is whole, a record in `RECORD_NAME`. */
  readonly folder: string;
  /** The trees of the layers below, base first. */
  readonly lowers: readonly string[];
  readonly plan: UnpackPlan;
}

export interface LayerRecord {
  readonly diffID: Digest;
  readonly files: number;
  /** Of regular files; a file with several names counts once. */
  readonly sizeBytes: number;
  /** What could not be kept, safe to show. */
  readonly warnings: readonly string[];
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** In bytes of the blob. */
  readonly onProgress?: ReportProgress | undefined;
}

/** Short, for it is a part of every lowerdir of a mount. */
export const TREE_NAME = 'd';
export const RECORD_NAME = 'layer.json';
/** Locked as long as the folder is written to; whoever can lock it may remove the folder. */
export const WRITER_LOCK = 'writer';

const READ_BYTES = 1024 * 1024;

/**
 * Leaves a folder that is whole and durable, or throws and leaves one without a record. Throws `digest-mismatch` when
 * the blob does not inflate to `diffID`, and what `applyLayer` throws.
 */
export async function unpackLayer(job: UnpackJob, options: UnpackOptions = {}): Promise<LayerRecord> {
  const doing = `unpack layer ${shortDigest(job.diffID)}`;
  try {
    await mkdir(job.folder, { mode: 0o700 });
    const locking = { mode: 'exclusive', purpose: 'unpack', timeoutMs: 0 } as const;
    const lock = await new Locker().acquire(join(job.folder, WRITER_LOCK), locking);
    try {
      return await unpackInto(job, options);
    } finally {
      await rm(join(job.folder, WRITER_LOCK), { force: true });
      await lock.release();
    }
  } catch (error) {
    throw toPhylloError(error, doing);
  }
}

async function unpackInto(job: UnpackJob, options: UnpackOptions): Promise<LayerRecord> {
  const tree = join(job.folder, TREE_NAME);
  await mkdir(tree, { mode: 0o700 });
  const { files, bytes, warnings } = await apply(job, tree, options);
  const record: LayerRecord = { diffID: job.diffID, files, sizeBytes: bytes, warnings };
  await writeFile(join(job.folder, RECORD_NAME), JSON.stringify(record), { mode: 0o600, flag: 'wx' });
  await syncFileSystem(job.folder);
  return record;
}

function apply(job: UnpackJob, tree: string, options: UnpackOptions): Promise<WriteResult> {
  return applyLayer(verifiedTar(job, options), tree, {
    owners: true,
    privileges: true,
    overlay: overlayForm(job),
    ...(options.signal && { signal: options.signal }),
  });
}

/** The layer's tar; throws at its end unless it has the diffID. */
async function* verifiedTar(
  { blob, diffID }: UnpackJob,
  { signal, onProgress }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const report = (doneBytes: number): void =>
    onProgress?.({ item: shortDigest(diffID), doneBytes, totalBytes: blob.sizeBytes });
  const hasher = digestHasher(digestAlgorithm(diffID));
  const compression = await compressionOf(blob);
  for await (const chunk of decompressed(counted(readBlob(blob, signal), report), compression)) {
    hasher.update(chunk);
    yield chunk;
  }
  const found = hasher.digest();
  if (found === diffID) return;
  throw new PhylloError('digest-mismatch', `unpack layer ${shortDigest(diffID)}: its diffID is ${found}`, {
    hint: 'The image is damaged or was tampered with; get it again.',
    data: { expected: diffID, found },
  });
}

function readBlob({ path, offset, sizeBytes }: BlobLocation, signal: AbortSignal | undefined): Readable {
  // A read stream cannot be told to read nothing.
  if (sizeBytes === 0) return Readable.from([]);
  const end = offset + sizeBytes - 1;
  return createReadStream(path, { start: offset, end, highWaterMark: READ_BYTES, signal });
}

function overlayForm({ form, plan, lowers }: UnpackJob): OverlayForm {
  return {
    opaqueXattr: `${form}.overlay.opaque`,
    needless: new Set(plan.needless),
    implied: new Map(plan.implied.map((directory) => [directory.path, metadataOf(directory)])),
    rootNames: plan.rootNames,
    files: new Map(
      plan.links.map(({ target, layer, path }) => [target, { directory: lowers[layer]!, path }]),
    ),
  };
}

function metadataOf({ xattrs, ...rest }: ImpliedDirectory): Metadata {
  const values = xattrs.map(([name, base64]) => [name, Buffer.from(base64, 'base64')] as const);
  return { ...rest, xattrs: values.length === 0 ? undefined : new Map(values) };
}

/** A loss of power must not leave a layer that looks whole: once for all its files, before it gets its name. */
async function syncFileSystem(path: string): Promise<void> {
  const native = loadNative();
  if (native === undefined) return void (await runProgram('sync', ['-f', path]));
  await using folder = await open(path, 'r');
  native.syncFileSystem(folder.fd);
}

/** Removes a folder with all in it, whatever modes the directories have. Nothing happens when it is not there. */
export function removeFolder(path: string): void {
  const parent = Directory.open(dirname(path));
  try {
    parent.remove(basename(path));
  } catch (error) {
    throw toPhylloError(error, `remove ${path}`);
  } finally {
    parent.close();
  }
}
