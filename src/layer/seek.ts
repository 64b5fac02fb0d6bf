// Random access to the uncompressed tar of a compressed layer: a cache of inflated tars, bounded in bytes, least
// recently used out first. A tar enters the cache only with the diffID that it is asked for by.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { counted } from '../lib/streams.ts';
import { type Digest, digestAlgorithm, digestHasher, digestHex, shortDigest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import { decompressed, sniffCompression } from './compression.ts';
import { SharedTask } from './shared-task.ts';

const READ_BYTES = 1024 * 1024;
const TEMPORARY = '.tmp';
/** Nothing is written to for this long that is still being written. */
const MAX_INFLATING_MS = 60 * 60 * 1000;

export interface InflateOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

export class InflatedLayers {
  private readonly directory: string;
  private readonly maxBytes: number;
  /** Inflations under way in this process: a second reader waits for the first. */
  private readonly running = new Map<Digest, SharedTask<BlobLocation>>();

  /** `maxBytes` bounds what is kept; one layer that is larger is kept alone. */
  constructor(directory: string, maxBytes: number) {
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  /** The same without the blob: undefined when it was not inflated yet. */
  find(diffID: Digest): Promise<BlobLocation | undefined> {
    return this.cached(diffID);
  }

  /** Where the layer's plain tar lies. Throws `digest-mismatch` when the blob does not inflate to `diffID`. */
  async open(blob: BlobLocation, diffID: Digest, options: InflateOptions = {}): Promise<BlobLocation> {
    const compression = await compressionOf(blob).catch((error: unknown) => {
      throw toPhylloError(error, `read layer ${shortDigest(diffID)}`);
    });
    if (compression === 'none') return blob;
    const running = this.running.get(diffID);
    const task = running === undefined || running.isAbandoned ? this.start(blob, diffID, options) : running;
    return task.join(options.signal);
  }

  /** Progress goes to whoever came first. */
  private start(
    blob: BlobLocation,
    diffID: Digest,
    { onProgress }: InflateOptions,
  ): SharedTask<BlobLocation> {
    const task: SharedTask<BlobLocation> = new SharedTask(async (signal) => {
      try {
        return (await this.cached(diffID)) ?? (await this.inflate(blob, diffID, { signal, onProgress }));
      } finally {
        if (this.running.get(diffID) === task) this.running.delete(diffID);
      }
    });
    this.running.set(diffID, task);
    return task;
  }

  private pathOf(diffID: Digest): string {
    return join(this.directory, digestHex(diffID));
  }

  private async cached(diffID: Digest): Promise<BlobLocation | undefined> {
    const path = this.pathOf(diffID);
    try {
      const { size } = await stat(path);
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return { path, offset: 0, sizeBytes: size };
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw toPhylloError(error, `read layer ${shortDigest(diffID)}`);
    }
  }

  private async inflate(blob: BlobLocation, diffID: Digest, options: InflateOptions): Promise<BlobLocation> {
    const path = this.pathOf(diffID);
    const temporary = `${path}.${randomUUID()}${TEMPORARY}`;
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      const sizeBytes = await writeInflated(blob, temporary, diffID, options);
      await rename(temporary, path);
      await this.evict(digestHex(diffID));
      return { path, offset: 0, sizeBytes };
    } catch (error) {
      throw toPhylloError(error, `inflate layer ${shortDigest(diffID)}`);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async evict(keep: string): Promise<void> {
    const files = await Promise.all((await readdir(this.directory)).map((name) => this.describe(name)));
    const known = files.filter((file) => file !== undefined).sort((a, b) => a.usedMs - b.usedMs);
    const isOld = (usedMs: number): boolean => usedMs < Date.now() - MAX_INFLATING_MS;
    let total = known.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { name, sizeBytes, usedMs } of known) {
      if (total <= this.maxBytes) return;
      // Another process may be writing it; what a killed one has left is old some day.
      if (name === keep || (name.endsWith(TEMPORARY) && !isOld(usedMs))) continue;
      await rm(join(this.directory, name), { force: true });
      total -= sizeBytes;
    }
  }

  private async describe(
    name: string,
  ): Promise<{ name: string; sizeBytes: number; usedMs: number } | undefined> {
    const info = await stat(join(this.directory, name)).catch(() => undefined);
    return info && { name, sizeBytes: info.size, usedMs: info.mtimeMs };
  }
}

/** How a blob is stored, from its first bytes. */
export async function compressionOf({
  path,
  offset,
  sizeBytes,
}: BlobLocation): Promise<ReturnType<typeof sniffCompression>> {
  await using file = await open(path, 'r');
  const head = Buffer.alloc(Math.min(16, sizeBytes));
  const { bytesRead } = await file.read(head, 0, head.length, offset);
  return sniffCompression(head.subarray(0, bytesRead));
}

async function writeInflated(
  { path, offset, sizeBytes }: BlobLocation,
  target: string,
  diffID: Digest,
  { signal, onProgress }: InflateOptions,
): Promise<number> {
  const input = createReadStream(path, {
    start: offset,
    end: offset + sizeBytes - 1,
    highWaterMark: READ_BYTES,
    signal,
  });
  // An abort before it is first read from, or after its last byte, has nobody else to hear it.
  input.on('error', () => undefined);
  const report = (doneBytes: number): void =>
    onProgress?.({ item: shortDigest(diffID), doneBytes, totalBytes: sizeBytes });
  const hasher = digestHasher(digestAlgorithm(diffID));
  await using file: FileHandle = await open(target, 'wx', 0o600);
  let written = 0;
  for await (const chunk of decompressed(
    counted(input, report),
    await compressionOf({ path, offset, sizeBytes }),
  )) {
    // What was read already still comes when the signal has ended the reading.
    signal?.throwIfAborted();
    hasher.update(chunk);
    written += chunk.length;
    await writeFully(file, chunk);
  }
  signal?.throwIfAborted();
  const found = hasher.digest();
  if (found === diffID) {
    // Later readers trust the file for its name alone, after a loss of power too.
    await file.datasync();
    return written;
  }
  throw new PhylloError('digest-mismatch', `inflate layer ${shortDigest(diffID)}: its diffID is ${found}`, {
    hint: 'The image is damaged or was tampered with; get it again.',
    data: { expected: diffID, found },
  });
}
