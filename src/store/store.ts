// The image store: an OCI image layout that several processes share.
import { constants, watch } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { exists, writeAtomically } from '../lib/files.ts';
import { type Lock, Locker } from '../lib/lock.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader, Range } from '../oci/image.ts';
import { Blobs, type StoredBlob } from './blobs.ts';
import { type CheckOptions, type CheckReport, checkStore } from './check.ts';
import { type Collected, collectGarbage } from './gc.ts';
import {
  EMPTY_INDEX,
  type IndexChange,
  type StoredImage,
  imagesOf,
  readIndex,
  updateIndex,
  writeIndex,
} from './index-file.ts';
import { type Lease, alone, reclaimLeases, takeLease } from './lease.ts';
import { StorePaths } from './paths.ts';

export type { IndexChange, StoredImage } from './index-file.ts';
export type { Lease } from './lease.ts';

const VERSION = 1;
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
/** Blobs younger than this are left alone unless asked for: a writer of another program may not know our leases. */
const DEFAULT_GRACE_MS = 60 * 60 * 1000;
const WATCH_DELAY_MS = 100;
const CREATE_TIMEOUT_MS = 30_000;
const DIGEST_LOCK_TIMEOUT_MS = 24 * 60 * 60 * 1000;

export interface OpenOptions {
  readonly readOnly?: boolean;
}

/**
 * Opens the store at `root`, making it when absent. A root that cannot be written opens read-only by itself.
 * Throws `not-found` (read-only and absent), `unsupported` (a newer format that cannot be read).
 */
export async function openStore(root: string, { readOnly = false }: OpenOptions = {}): Promise<ImageStore> {
  const paths = new StorePaths(root);
  const writable = !readOnly && (await prepare(paths));
  const version = await readVersion(paths);
  if (version > VERSION) throw tooNew(paths, version);
  const store = new ImageStore(paths, !writable);
  if (!store.readOnly) await store.reclaim();
  return store;
}

/** True when the store is there and can be written. */
async function prepare(paths: StorePaths): Promise<boolean> {
  try {
    await mkdir(paths.root, { recursive: true, mode: 0o700 });
    await access(paths.root, constants.W_OK);
    if (await exists(paths.layout)) return true;
    await create(paths);
    return true;
  } catch (error) {
    const problem = toPhylloError(error, `open store ${paths.root}`);
    if (problem.code === 'read-only' && (await exists(paths.layout))) return false;
    throw problem;
  }
}

/** Two processes may meet here: only one of them may write the empty index. `oci-layout` comes last, as the sign. */
async function create(paths: StorePaths): Promise<void> {
  const options = { mode: 'exclusive', purpose: 'create store', timeoutMs: CREATE_TIMEOUT_MS } as const;
  const lock = await new Locker().acquire(paths.indexLock, options);
  try {
    if (await exists(paths.layout)) return;
    await mkdir(paths.blobs, { recursive: true, mode: 0o700 });
    await writeAtomically(paths.version, `${VERSION}\n`);
    if (!(await exists(paths.index))) await writeIndex(paths, EMPTY_INDEX);
    await writeAtomically(paths.layout, LAYOUT);
  } finally {
    await lock.release();
  }
}

async function readVersion(paths: StorePaths): Promise<number> {
  if (!(await exists(paths.layout)))
    throw new PhylloError('not-found', `open store ${paths.root}: there is no store`);
  const text = await readFile(paths.version, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return String(VERSION);
    throw toPhylloError(error, `open store ${paths.root}`);
  });
  const version = Number(text);
  if (!Number.isInteger(version))
    throw new PhylloError('invalid-image', `open store ${paths.root}: its version is not a number`);
  return version;
}

function tooNew(paths: StorePaths, version: number): PhylloError {
  return new PhylloError(
    'unsupported',
    `open store ${paths.root}: it has format ${version}, this phyllo knows ${VERSION}`,
    {
      hint: 'Use a newer phyllo, or another store: PHYLLO_ROOT.',
    },
  );
}

export class ImageStore implements BlobReader, BlobLocator {
  readonly paths: StorePaths;
  readonly readOnly: boolean;
  private readonly blobs: Blobs;
  private readonly locker = new Locker();

  constructor(paths: StorePaths, readOnly: boolean) {
    this.paths = paths;
    this.readOnly = readOnly;
    this.blobs = new Blobs(paths);
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
      return await this.blobs.put(chunks, { directory: own.directory, expected, signal });
    } finally {
      if (lease === undefined) await own.release();
    }
  }

  /** Makes a blob that is there already young again; false when it is not there. */
  async keep(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    if (!(await this.has(descriptor))) return false;
    await this.blobs.freshen(descriptor.digest);
    return true;
  }

  async images(): Promise<StoredImage[]> {
    return imagesOf(await readIndex(this.paths));
  }

  async update(change: IndexChange): Promise<void> {
    this.mustWrite('change index');
    await updateIndex(this.paths, this.locker, change);
  }

  lease(purpose: string, signal?: AbortSignal): Promise<Lease> {
    this.mustWrite(purpose);
    return takeLease(this.paths, this.locker, purpose, signal);
  }

  /** One process at a time fetches a blob: the second waits, and is told for whom. */
  async lockDigest(
    digest: Digest,
    { signal, onWait }: { signal?: AbortSignal; onWait?: (holder: string) => void } = {},
  ): Promise<Lock> {
    await mkdir(this.paths.digestLocks, { recursive: true, mode: 0o700 });
    const path = `${this.paths.digestLocks}/${digestHex(digest)}`;
    return this.locker.acquire(path, {
      mode: 'exclusive',
      purpose: 'fetch',
      timeoutMs: DIGEST_LOCK_TIMEOUT_MS,
      signal,
      onWait,
    });
  }

  /** Throws `locked` while others add to the store. */
  gc({ graceMs = DEFAULT_GRACE_MS }: { graceMs?: number } = {}): Promise<Collected> {
    this.mustWrite('collect garbage');
    return alone(this.paths, this.locker, 'collect garbage', async () => {
      await reclaimLeases(this.paths);
      return collectGarbage(this.paths, this.blobs, graceMs);
    });
  }

  /** Repairing runs alone in the store; checking runs beside others. */
  check(options: CheckOptions = {}): Promise<CheckReport> {
    if (!options.repair) return checkStore(this.paths, this.blobs, options);
    this.mustWrite('repair store');
    return alone(this.paths, this.locker, 'repair', () => checkStore(this.paths, this.blobs, options));
  }

  /** Removes what processes that died have left, unless others are at work. */
  async reclaim(): Promise<void> {
    if (!(await exists(this.paths.temporary)) && !(await exists(this.paths.trash))) return;
    try {
      await alone(this.paths, this.locker, 'reclaim', () => reclaimLeases(this.paths));
    } catch (error) {
      if (!isPhylloError(error, 'locked')) throw error;
    }
  }

  /** Calls back soon after index.json changed, whoever changed it. Returns the unsubscriber. */
  watch(onChange: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const watcher = watch(this.root, { persistent: false }, (_, name) => {
      if (name !== null && name !== basename(this.paths.index)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, WATCH_DELAY_MS).unref();
    });
    watcher.on('error', () => watcher.close());
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  }

  private mustWrite(doing: string): void {
    if (!this.readOnly) return;
    throw new PhylloError('read-only', `${doing}: the store ${this.root} is read-only`, {
      hint: 'Use another store: PHYLLO_ROOT.',
    });
  }
}
