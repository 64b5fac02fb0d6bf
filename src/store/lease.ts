// Leases: whoever adds to the store holds its lock shared and has a folder under tmp/ for unfinished files. Garbage
// collection takes the lock exclusively, so it never runs beside a lease, and every folder it then finds is dead.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { isPhylloError, isSystemError } from '../lib/errors.ts';
import type { Lock, Locker } from '../lib/lock.ts';
import { safeText } from '../lib/text.ts';
import type { StorePaths } from './paths.ts';

const NOTE = 'lease';
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
  const lock = await locker.acquire(paths.lock, {
    mode: 'shared',
    purpose,
    timeoutMs: LEASE_TIMEOUT_MS,
    signal,
  });
  const directory = join(paths.temporary, randomUUID());
  let held: Lock | undefined = lock;
  const release = async (): Promise<void> => {
    const lockToFree = held;
    held = undefined;
    if (lockToFree === undefined) return;
    await rm(directory, { recursive: true, force: true });
    await lockToFree.release();
  };
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, NOTE), `process ${pid} (${purpose})`);
  } catch (error) {
    await release();
    throw error;
  }
  return { directory, release };
}

/** Runs `work` alone in the store. Throws `locked`, naming who holds it, when others are at work. */
export async function alone<Result>(
  paths: StorePaths,
  locker: Locker,
  purpose: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = await locker
    .acquire(paths.lock, { mode: 'exclusive', purpose, timeoutMs: 0 })
    .catch(async (error: unknown) => {
      if (isPhylloError(error, 'locked')) throw await namingHolders(paths, error);
      throw error;
    });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function namingHolders(paths: StorePaths, error: Error): Promise<Error> {
  const notes = await Promise.all(
    (await leaseFolders(paths)).map((folder) => readFile(join(folder, NOTE), 'utf8').catch(() => '')),
  );
  const holders = notes.filter(Boolean).map(safeText).join(', ');
  if (holders !== '') error.message = `lock store ${paths.root}: held by ${holders}`;
  return error;
}

/** Removes what processes that died have left. Only to be called from within `alone`. Returns how many folders went. */
export async function reclaimLeases(paths: StorePaths): Promise<number> {
  const folders = await leaseFolders(paths);
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  await rm(paths.trash, { recursive: true, force: true });
  return folders.length;
}

async function leaseFolders(paths: StorePaths): Promise<string[]> {
  const names = await readdir(paths.temporary).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  return names.map((name) => join(paths.temporary, name));
}
