// Where unpacked layers lie, who is at work on them, and what was left behind. See unpacked-layers.ts for the folders.
import { randomUUID } from 'node:crypto';
import { readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { fsyncDirectory, makeDirectory, writeAtomically } from '../lib/files.ts';
import type { Lock, LockOptions, Locker } from '../lib/lock.ts';
import { isDigest } from '../oci/digest.ts';
import { type LayerKey, isLayerKey } from './layer-keys.ts';
import { type LayerRecord, RECORD_NAME, TREE_NAME, WRITER_LOCK } from './unpack.ts';

export interface UnpackedLayer extends LayerRecord {
  readonly key: LayerKey;
  /** Its tree, absolute. */
  readonly directory: string;
}

type LockWishes = Omit<LockOptions, 'mode'>;

const LEASE_TIMEOUT_MS = 60_000;

export class LayerFolders {
  readonly root: string;
  private readonly locker: Locker;
  private readonly removeFolder: (path: string) => Promise<void>;

  constructor(root: string, locker: Locker, removeFolder: (path: string) => Promise<void>) {
    this.root = root;
    this.locker = locker;
    this.removeFolder = removeFolder;
  }

  tree(key: LayerKey): string {
    return join(this.root, key, TREE_NAME);
  }

  /** A name of its own below tmp/, which tells whose it is. */
  temporary(key: LayerKey): string {
    return join(this.root, 'tmp', `${key}.${randomUUID()}`);
  }

  /** Set-ID programs of images lie here: nobody else may enter. */
  async make(): Promise<void> {
    for (const name of ['tmp', 'locks', 'chains']) await makeDirectory(join(this.root, name));
  }

  async has(key: LayerKey): Promise<boolean> {
    const info = await stat(join(this.root, key)).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw toPhylloError(error, `find unpacked layer ${key}`);
    });
    return info !== undefined;
  }

  /** Gives a whole layer its name. */
  async settle(folder: string, key: LayerKey): Promise<void> {
    await rename(folder, join(this.root, key));
    await fsyncDirectory(this.root);
  }

  /** Takes its name from a layer; `reclaim` removes it. */
  async retire(key: LayerKey): Promise<void> {
    await rename(join(this.root, key), this.temporary(key));
  }

  async keys(): Promise<LayerKey[]> {
    return (await namesIn(this.root)).filter(isLayerKey);
  }

  async list(): Promise<UnpackedLayer[]> {
    const layers: UnpackedLayer[] = [];
    for (const key of await this.keys()) {
      const record = recordOf(await readJson(join(this.root, key, RECORD_NAME)));
      if (record) layers.push({ ...record, key, directory: this.tree(key) });
    }
    return layers;
  }

  // ------------------------------------------------------------------ chains

  /** The layers of a chain as they were noted, base first. */
  async readChain(chain: LayerKey): Promise<LayerKey[] | undefined> {
    const keys = await readJson(this.chainPath(chain));
    return Array.isArray(keys) && keys.every(isLayerKey) ? keys : undefined;
  }

  writeChain(chain: LayerKey, keys: readonly LayerKey[]): Promise<void> {
    return writeAtomically(this.chainPath(chain), JSON.stringify(keys));
  }

  async forgetChains(keep: ReadonlySet<LayerKey>): Promise<void> {
    const folder = join(this.root, 'chains');
    for (const name of await namesIn(folder))
      if (!keep.has(name.replace(/\.json$/, ''))) await rm(join(folder, name), { force: true });
  }

  private chainPath(chain: LayerKey): string {
    return join(this.root, 'chains', `${chain}.json`);
  }

  // ------------------------------------------------------------------- locks

  /** The one lock for a layer. Its file goes with it; who waited for a file that is gone tries again. */
  async lock(key: LayerKey, wishes: LockWishes): Promise<Lock> {
    const path = join(this.root, 'locks', key);
    for (;;) {
      const lock = await this.locker.acquire(path, { ...wishes, mode: 'exclusive' });
      if (await lock.isAt(path)) return withFile(lock, path);
      await lock.release();
    }
  }

  async lease(signal?: AbortSignal): Promise<Lock> {
    const options = { mode: 'shared', purpose: 'use layers', timeoutMs: LEASE_TIMEOUT_MS } as const;
    const acquire = (): Promise<Lock> =>
      this.locker.acquire(this.leasePath, { ...options, ...(signal && { signal }) });
    return acquire().catch(async (error: unknown) => {
      if (!isPhylloError(error, 'not-found')) throw error;
      await this.make();
      return acquire();
    });
  }

  /** Throws `locked` when others hold leases. */
  async alone<Result>(purpose: string, work: () => Promise<Result>): Promise<Result> {
    await this.make();
    const lock = await this.locker.acquire(this.leasePath, { mode: 'exclusive', purpose, timeoutMs: 0 });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  private get leasePath(): string {
    return join(this.root, 'lock');
  }

  // --------------------------------------------------------------- leftovers

  /** Removes what processes that were killed have left. What somebody is at work on is theirs. */
  async reclaim(): Promise<void> {
    for (const name of await namesIn(join(this.root, 'tmp'))) await unlessLocked(() => this.reclaimOne(name));
  }

  private async reclaimOne(name: string): Promise<void> {
    const folder = join(this.root, 'tmp', name);
    const key = name.slice(0, name.indexOf('.'));
    if (!isLayerKey(key)) return rm(folder, { recursive: true, force: true });
    const lock = await this.lock(key, { purpose: 'reclaim', timeoutMs: 0 });
    try {
      // Whoever asked for it may have died, and the process that unpacks it live on.
      const writer = await this.lockWriter(folder);
      await this.removeFolder(folder);
      await writer?.release();
    } finally {
      await lock.release();
    }
  }

  private async lockWriter(folder: string): Promise<Lock | undefined> {
    const options = { mode: 'exclusive', purpose: 'reclaim', timeoutMs: 0, mustExist: true } as const;
    return this.locker.acquire(join(folder, WRITER_LOCK), options).catch((error: unknown) => {
      if (isPhylloError(error, 'not-found')) return undefined;
      throw error;
    });
  }
}

function withFile(lock: Lock, path: string): Lock {
  const release = async (): Promise<void> => {
    await rm(path, { force: true });
    await lock.release();
  };
  let released: Promise<void> | undefined;
  return { ...lock, release: () => (released ??= release()) };
}

async function unlessLocked(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPhylloError(error, 'locked')) throw error;
  }
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, `read ${path}`);
  });
}

/** undefined for what is not there or not whole: it is made anew. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw toPhylloError(error, `read ${path}`);
  }
}

function recordOf(value: unknown): LayerRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { diffID } = value as Partial<LayerRecord>;
  return isDigest(diffID) ? (value as LayerRecord) : undefined;
}
