// Garbage collection: removes blobs that no image names and no container needs. Runs alone in the store.
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import type { Blobs } from './blobs.ts';
import { readBuildLayers } from './build-layers.ts';
import { imagesOf, readIndex } from './index-file.ts';
import { namesIn } from './lease.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { StorePaths } from './paths.ts';
import { readPins } from './pins.ts';
import { reachable } from './reachable.ts';

export interface Collected {
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}

/** A file that was not written to for so long is not being written any more. */
const UNFINISHED_MS = 60 * 60 * 1000;

/** Blobs younger than `graceMs`, or from the future (a clock that was set back), are kept. */
export async function collectGarbage(paths: StorePaths, blobs: Blobs, graceMs: number): Promise<Collected> {
  // Listed before the index is read: a program that knows nothing of our locks may add an image meanwhile.
  const present: Digest[] = [];
  for await (const digest of blobs.list()) present.push(digest);
  const needed = await neededBlobs(paths, blobs);
  if (needed === undefined) return { deleted: [], freedBytes: 0 };
  for (const path of await finishedDownloads(paths)) await rm(path, { force: true });
  const youngest = graceMs === 0 ? Number.POSITIVE_INFINITY : Date.now() - graceMs;
  const deleted: Digest[] = [];
  let freedBytes = 0;
  for (const digest of present) {
    if (needed.has(digest)) continue;
    const size = await removeBlob(paths, digest, youngest);
    if (size === undefined) continue;
    deleted.push(digest);
    freedBytes += size;
  }
  await emptyTrash(paths);
  await removeUnfinishedCaches(paths);
  // Whoever fetches a blob has a lease, and there is none now.
  await rm(paths.digestLocks, { recursive: true, force: true });
  return { deleted, freedBytes };
}

/** undefined when an image is damaged: what its manifest named is not known, and too much is better kept than lost. */
async function neededBlobs(paths: StorePaths, blobs: Blobs): Promise<ReadonlySet<Digest> | undefined> {
  const roots = imagesOf(await readIndex(paths)).map(({ descriptor }) => descriptor);
  const pinned = await pinnedManifests(paths, blobs);
  if (pinned === undefined) return undefined;
  roots.push(...pinned);
  let damaged = false;
  const needed = await reachable(blobs, roots, () => (damaged = true));
  return damaged ? undefined : new Set([...needed.keys(), ...(await readBuildLayers(paths))]);
}

/** undefined when a container's record is damaged. */
async function pinnedManifests(paths: StorePaths, blobs: Blobs): Promise<Descriptor[] | undefined> {
  try {
    const pins = await readPins(paths);
    const digests = [...new Set(pins.map(({ manifest }) => manifest))];
    const found = await Promise.all(
      digests.map(async (digest) => ({
        mediaType: mediaTypes.ociManifest,
        digest,
        size: await blobs.sizeOf(digest),
      })),
    );
    return found.flatMap(({ size, ...rest }) => (size === undefined ? [] : [{ ...rest, size }]));
  } catch (error) {
    if (isPhylloError(error, 'io')) return undefined;
    throw error;
  }
}

/** Through trash/, so that a blob is there whole or not at all; undefined when it stays. */
async function removeBlob(paths: StorePaths, digest: Digest, youngest: number): Promise<number | undefined> {
  const path = paths.blob(digest);
  try {
    const { size, mtimeMs } = await lstat(path);
    if (mtimeMs > youngest) return undefined;
    await mkdir(paths.trash, { recursive: true, mode: 0o700 });
    const doomed = join(paths.trash, digestHex(digest));
    await rename(path, doomed);
    await rm(doomed, { recursive: true });
    return size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw toPhylloError(error, `remove blob ${digest}`);
  }
}

/** What a killed process was about to put into a cache. Caches are filled without a lease: only its age tells it is dead. */
async function removeUnfinishedCaches(paths: StorePaths): Promise<void> {
  for (const folder of [paths.trees, paths.inflated]) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (error: unknown) => {
        if (isSystemError(error, 'ENOENT')) return [];
        throw toPhylloError(error, `read ${folder}`);
      },
    );
    for (const { name, parentPath } of entries) {
      if (!name.endsWith('.tmp')) continue;
      const path = join(parentPath, name);
      const info = await lstat(path).catch(() => undefined);
      if (info && info.mtimeMs < Date.now() - UNFINISHED_MS) await rm(path, { force: true });
    }
  }
}

/**
 * Blobs that were fetched whole, by a process that was killed before it took this name of theirs away; it would keep their
 * bytes on the disk. Only to be called by whoever is alone in the store.
 */
export async function finishedDownloads({ downloads }: StorePaths): Promise<string[]> {
  const places = (await namesIn(downloads)).map((name) => join(downloads, name));
  const links = await Promise.all(
    places.map((path) =>
      lstat(path).then(
        ({ nlink }) => nlink,
        () => 0,
      ),
    ),
  );
  return places.filter((_, index) => links[index]! > 1);
}

/** Only to be called by whoever is alone in the store. */
export async function emptyTrash(paths: StorePaths): Promise<void> {
  await rm(paths.trash, { recursive: true, force: true });
}
