// What processes that died have left behind, and taking it away.
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isPhylloError } from '../lib/errors.ts';
import type { Locker } from '../lib/lock.ts';
import { emptyTrash } from './gc.ts';
import { alone, leaseFolders, namesIn, reclaimLeases } from './lease.ts';
import type { StorePaths } from './paths.ts';

/** Everything unfinished that is there now; some of it may belong to the living. */
export async function leftovers(paths: StorePaths): Promise<string[]> {
  const trash = (await namesIn(paths.trash)).map((name) => join(paths.trash, name));
  return [...(await leaseFolders(paths)), ...(await unfinishedFiles(paths)), ...trash];
}

/** Removes what belongs to nobody any more. What needs the store to itself is left while others are at work. */
export async function reclaim(paths: StorePaths, locker: Locker): Promise<void> {
  await reclaimLeases(paths, locker);
  await reclaimFiles(paths, locker);
  if ((await namesIn(paths.trash)).length === 0) return;
  await unlessLocked(() => alone(paths, locker, 'reclaim', () => emptyTrash(paths)));
}

/** Files beside index.json that were to replace it, or another file of the root: written under the index's lock. */
async function reclaimFiles(paths: StorePaths, locker: Locker): Promise<void> {
  if ((await unfinishedFiles(paths)).length === 0) return;
  await unlessLocked(async () => {
    const options = { mode: 'exclusive', purpose: 'reclaim', timeoutMs: 0 } as const;
    const lock = await locker.acquire(paths.indexLock, options);
    try {
      for (const path of await unfinishedFiles(paths)) await rm(path, { force: true });
    } finally {
      await lock.release();
    }
  });
}

async function unfinishedFiles(paths: StorePaths): Promise<string[]> {
  const targets = [paths.index, paths.layout, paths.version].map((path) => `${basename(path)}.`);
  return (await namesIn(paths.root))
    .filter((name) => name.endsWith('.tmp') && targets.some((target) => name.startsWith(target)))
    .map((name) => join(paths.root, name));
}

async function unlessLocked(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPhylloError(error, 'locked')) throw error;
  }
}
