// Leases: whoever adds to the store holds its lock shared, and has a folder under tmp/ for unfinished files with a locked
// file in it. Garbage collection takes the store's lock exclusively, so it never runs beside a lease; a folder whose
// file can be locked belongs to nobody any more.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { type Lock, type Locker, holderOf } from '../lib/lock.ts';
import type { StorePaths } from './paths.ts';

/** The locked file in a lease's folder. */
const LEASE = 'lease';
const LEASE_TIMEOUT_MS = 60_000;

export interface Lease {
  /** A folder of the lease's own for unfinished files, on the store's file system. */
  readonly directory: string;
  /** Removes the folder; blobs that no image names may be collected from now on. Safe to call twice. */
  release(): Promise<void>;
}

export async function takeLease(
  paths: StorePaths,
  locker: Locker,
  purpose: string,
  signal?: AbortSignal,
): Promise<Lease> {
  const storeLock = await lockShared(paths, locker, purpose, signal);
  try {
    const { directory, lock } = await makeFolder(paths, locker, purpose);
    return leaseOf(directory, [lock, storeLock]);
  } catch (error) {
    await storeLock.release();
    throw toPhylloError(error, `${purpose}: make folder for unfinished files`);
  }
}

/** Only the folder: for what is never put into the store, so that garbage collection has no reason to wait. */
export async function takeScratch(paths: StorePaths, locker: Locker, purpose: string): Promise<Lease> {
  const { directory, lock } = await makeFolder(paths, locker, purpose);
  return leaseOf(directory, [lock]);
}

function leaseOf(directory: string, locks: readonly Lock[]): Lease {
  const release = async (): Promise<void> => {
    try {
      await removeFolder(directory);
    } finally {
      for (const lock of locks) await lock.release();
    }
  };
  let released: Promise<void> | undefined;
  return { directory, release: () => (released ??= release()) };
}

/** Keeps garbage collection and repair away. */
export function lockShared(
  paths: StorePaths,
  locker: Locker,
  purpose: string,
  signal?: AbortSignal,
): Promise<Lock> {
  return locker.acquire(paths.lock, { mode: 'shared', purpose, timeoutMs: LEASE_TIMEOUT_MS, signal });
}

/** Another process may find the folder before its file is locked, and take it away as a dead one: then again. */
async function makeFolder(
  paths: StorePaths,
  locker: Locker,
  purpose: string,
): Promise<{ directory: string; lock: Lock }> {
  for (;;) {
    const directory = join(paths.temporary, randomUUID());
    await makeTemporary(paths);
    await mkdir(directory, { mode: 0o700 });
    const lock = await tryLease(locker, directory, { purpose });
    if (lock === undefined) continue;
    if (await lock.isAt(join(directory, LEASE))) return { directory, lock };
    await lock.release();
  }
}

/** Not with its parents: a store that was moved away is not made anew. */
async function makeTemporary(paths: StorePaths): Promise<void> {
  await mkdir(paths.temporary, { mode: 0o700 }).catch((error: unknown) => {
    if (!isSystemError(error, 'EEXIST')) throw error;
  });
}

/** undefined when another has the lease, or the folder is gone. */
async function tryLease(
  locker: Locker,
  folder: string,
  options: { purpose: string; mustExist?: boolean },
): Promise<Lock | undefined> {
  try {
    return await locker.acquire(join(folder, LEASE), { ...options, mode: 'exclusive', timeoutMs: 0 });
  } catch (error) {
    if (isPhylloError(error, 'locked') || isPhylloError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Runs `work` alone in the store. Throws `locked`, naming who holds it, when others are at work. */
export async function alone<Result>(
  paths: StorePaths,
  locker: Locker,
  purpose: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const options = { mode: 'exclusive', purpose, timeoutMs: 0 } as const;
  const lock = await locker.acquire(paths.lock, options).catch(async (error: unknown) => {
    if (isPhylloError(error, 'locked')) throw await namingHolders(paths, locker, error);
    throw error;
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Only leases that live are named. */
async function namingHolders(paths: StorePaths, locker: Locker, error: PhylloError): Promise<PhylloError> {
  await reclaimLeases(paths, locker);
  const holders = await Promise.all(
    (await leaseFolders(paths)).map((folder) => holderOf(join(folder, LEASE))),
  );
  const known = holders.filter((holder) => holder !== undefined);
  if (known.length === 0) return error;
  return new PhylloError('locked', `lock store ${paths.root}: held by ${known.join(', ')}`, {
    hint: error.hint,
    cause: error,
  });
}

/** Removes the folders of processes that died; those of the living are left, whatever else goes on in the store. */
export async function reclaimLeases(paths: StorePaths, locker: Locker): Promise<void> {
  for (const folder of await leaseFolders(paths)) {
    const lock = await tryLease(locker, folder, { purpose: 'reclaim', mustExist: true });
    try {
      // Without its file a folder is empty: it was just made, or is being removed.
      await (lock ? removeFolder(folder) : removeEmpty(folder));
    } finally {
      await lock?.release();
    }
  }
}

/** The locked file goes last: a folder that holds anything has it, whenever its remover is killed. */
async function removeFolder(folder: string): Promise<void> {
  for (const name of await namesIn(folder))
    if (name !== LEASE) await rm(join(folder, name), { recursive: true, force: true });
  await rm(join(folder, LEASE), { force: true });
  await removeEmpty(folder);
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => isSystemError(error, code))) throw error;
  });
}

export async function leaseFolders(paths: StorePaths): Promise<string[]> {
  return (await namesIn(paths.temporary)).map((name) => join(paths.temporary, name));
}

/** None in a folder that is not there: its owner may be removing it just now. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return [];
    throw toPhylloError(error, `read ${folder}`);
  });
}
