// The image store: an OCI image layout that several processes share.
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { PhylloError, isSystemError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import { type Lock, Locker } from '../lib/lock.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader, Range } from '../oci/image.ts';
import { Blobs, type StoredBlob } from './blobs.ts';
import { type CheckOptions, type CheckReport, checkStore } from './check.ts';
import { type Collected, collectGarbage } from './gc.ts';
import { type IndexChange, type StoredImage, imagesOf, readIndex, updateIndex } from './index-file.ts';
import { type Lease, alone, lockShared, namesIn, reclaimLeases, takeLease, takeScratch } from './lease.ts';
import type { StorePaths } from './paths.ts';
import { type Pin, readPins } from './pins.ts';
import { reclaim } from './reclaim.ts';
import type { ResumeOptions } from './resumed-file.ts';
import { mustBeWhole } from './whole.ts';

/** Blobs younger than this are left alone unless asked for: a writer of another program may not know our leases. */
const DEFAULT_GRACE_MS = 60 * 60 * 1000;
const WATCH_DELAY_MS = 100;
const OLD_DOWNLOAD_MS = 7 * 24 * 60 * 60 * 1000;
const DIGEST_LOCK_TIMEOUT_MS = 24 * 60 * 60 * 1000;

export class ImageStore implements BlobReader, BlobLocator {
  readonly paths: StorePaths;
  readonly readOnly: boolean;
  private readonly blobs: Blobs;
  private readonly locker = new Locker();

  constructor(paths: StorePaths, readOnly: boolean) {
    this.paths = paths;
    this.readOnly = readOnly;
    this.blobs = new Blobs(paths, readOnly);
  }

  get root(): string {
    return this.paths.root;
  }

  has(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    return this.blobs.has(descriptor);
  }

  open(descriptor: Pick<Descriptor, 'digest' | 'size'>, range?: Range): Promise<Readable> {
    return this.blobs.open(descriptor, range);
  }

  /** A manifest, index or config, verified. Throws what the bytes of `open` throw, and `limit-exceeded`. */
  read(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Buffer> {
    return this.blobs.read(descriptor);
  }

  locate(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<BlobLocation> {
    return this.blobs.locate(descriptor);
  }

  list(): AsyncIterable<Digest> {
    return this.blobs.list();
  }

  /** Bytes of a blob, undefined when absent. */
  sizeOf(digest: Digest): Promise<number | undefined> {
    return this.blobs.sizeOf(digest);
  }

  /** The bytes are verified and durable when this resolves. Without a lease they may be collected after an hour. */
  async put(
    data: AsyncIterable<Uint8Array> | Uint8Array,
    expected: Pick<Descriptor, 'digest' | 'size'> | undefined,
    { lease, signal }: { lease?: Lease; signal?: AbortSignal } = {},
  ): Promise<StoredBlob> {
    this.mustWrite('store blob');
    const own = lease ?? (await this.lease('store blob'));
    try {
      const chunks = data instanceof Uint8Array ? Readable.from([data]) : data;
      const { directory } = own;
      return await this.whileThere(() => this.blobs.put(chunks, { directory, expected, signal }));
    } finally {
      if (lease === undefined) await own.release();
    }
  }

  /**
   * A blob that is fetched piece by piece: what came stays when this fails, also when the process is killed, and the next
   * call goes on there. To be called under a lease and the lock of the digest.
   */
  async putResumable(options: ResumeOptions): Promise<void> {
    this.mustWrite('store blob');
    const unfinished = join(this.paths.downloads, digestHex(options.expected.digest));
    await this.whileThere(() => this.blobs.resume(unfinished, options));
  }

  /** Removes what was fetched in part and never gone on with. */
  async dropOldDownloads(olderThanMs = OLD_DOWNLOAD_MS): Promise<void> {
    for (const name of await namesIn(this.paths.downloads)) {
      const path = join(this.paths.downloads, name);
      const changedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
      if (changedMs < Date.now() - olderThanMs) await rm(path, { force: true });
    }
  }

  /** Makes a blob that is there already young again; false when it is not there. */
  async keep(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    if (!(await this.has(descriptor))) return false;
    await this.blobs.freshen(descriptor.digest);
    return true;
  }

  async images(): Promise<StoredImage[]> {
    return this.whileThere(async () => imagesOf(await readIndex(this.paths)));
  }

  /**
   * One change, seen by others as a whole. Throws `not-found` when an image that is new to the index lacks blobs, so that
   * no name ever points to a part of an image.
   */
  async update(change: IndexChange): Promise<void> {
    this.mustWrite('change index');
    const added = [...(change.add ?? []), ...(change.set ?? []).map(({ descriptor }) => descriptor)];
    await this.whileThere(async () => {
      // Between the look at the blobs and the new index no garbage must be collected.
      const lock = await lockShared(this.paths, this.locker, 'update index');
      try {
        await updateIndex(this.paths, this.locker, change, (index) => mustBeWhole(this.blobs, index, added));
      } finally {
        await lock.release();
      }
    });
  }

  /** Keeps garbage collection away for whoever adds nothing. */
  async hold(purpose: string, signal?: AbortSignal): Promise<Lock> {
    this.mustWrite(purpose);
    return this.whileThere(() => lockShared(this.paths, this.locker, purpose, signal));
  }

  async lease(purpose: string, signal?: AbortSignal): Promise<Lease> {
    this.mustWrite(purpose);
    return this.whileThere(() => takeLease(this.paths, this.locker, purpose, signal));
  }

  /** A folder for files that are no part of the store: a killed process leaves none, and nobody has to wait for it. */
  async scratch(purpose: string): Promise<Lease> {
    this.mustWrite(purpose);
    return this.whileThere(() => takeScratch(this.paths, this.locker, purpose));
  }

  /** One process at a time fetches a blob: the second waits, and is told for whom. To be called under a lease. */
  async lockDigest(
    digest: Digest,
    { signal, onWait }: { signal?: AbortSignal; onWait?: (holder: string) => void } = {},
  ): Promise<Lock> {
    this.mustWrite('fetch blob');
    return this.whileThere(async () => {
      await mkdir(this.paths.digestLocks, { mode: 0o700 }).catch((error: unknown) => {
        if (!isSystemError(error, 'EEXIST')) throw error;
      });
      return this.locker.acquire(join(this.paths.digestLocks, digestHex(digest)), {
        mode: 'exclusive',
        purpose: 'fetch',
        timeoutMs: DIGEST_LOCK_TIMEOUT_MS,
        signal,
        onWait,
      });
    });
  }

  /** Which images containers stand on. */
  pins(): Promise<Pin[]> {
    return readPins(this.paths);
  }

  /** Throws `locked` while others add to the store. */
  async gc({ graceMs = DEFAULT_GRACE_MS }: { graceMs?: number } = {}): Promise<Collected> {
    this.mustWrite('collect garbage');
    return this.whileThere(() =>
      alone(this.paths, this.locker, 'collect garbage', async () => {
        await reclaimLeases(this.paths, this.locker);
        return collectGarbage(this.paths, this.blobs, graceMs);
      }),
    );
  }

  /** Repairing runs alone in the store; checking runs beside others, but not beside garbage collection. */
  async check(options: CheckOptions = {}): Promise<CheckReport> {
    const { paths, locker } = this;
    if (options.repair) {
      this.mustWrite('repair store');
      const work = (): Promise<CheckReport> => checkStore({ paths, locker, blobs: this.blobs }, options);
      return this.whileThere(() => alone(paths, locker, 'repair', work));
    }
    // Looking changes nothing: damaged blobs stay where they are.
    const blobs = new Blobs(paths, true);
    return this.whileThere(async () => {
      const lock = this.readOnly ? undefined : await lockShared(paths, locker, 'check', options.signal);
      try {
        return await checkStore({ paths, locker, blobs }, options);
      } finally {
        await lock?.release();
      }
    });
  }

  /** Removes what processes that died have left, as far as that can be done beside others at work. */
  async reclaim(): Promise<void> {
    await reclaim(this.paths, this.locker);
  }

  /** Calls back soon after index.json changed, whoever changed it. Returns the unsubscriber. */
  watch(onChange: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const watcher = this.tryWatch((name) => {
      if (name !== null && name !== basename(this.paths.index)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, WATCH_DELAY_MS).unref();
    });
    return () => {
      clearTimeout(timer);
      watcher?.close();
    };
  }

  /** undefined when the system has no watch to give (they are few): then nothing is noticed, and nothing breaks. */
  private tryWatch(onName: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(this.root, { persistent: false }, (_, name) => onName(name));
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** A store that was moved or removed while it is open is one clear error, whatever was tried. */
  private async whileThere<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (await exists(this.paths.layout)) throw error;
      throw new PhylloError('not-found', `use store ${this.root}: it was moved or removed`, { cause: error });
    }
  }

  private mustWrite(doing: string): void {
    if (!this.readOnly) return;
    throw new PhylloError('read-only', `${doing}: the store ${this.root} is read-only`, {
      hint: 'Use another store: PHYLLO_ROOT.',
    });
  }
}
