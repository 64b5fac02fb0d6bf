// A new index.json from the manifests among the blobs. Names are not in the blobs: the images come back without one.
import { isPhylloError } from '../lib/errors.ts';
import type { Locker } from '../lib/lock.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { type Index, type Manifest, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Blobs } from './blobs.ts';
import { EMPTY_INDEX, applyChange, lockingIndex, writeIndex } from './index-file.ts';
import type { StorePaths } from './paths.ts';
import { setCopyAside } from './set-aside.ts';

/** The damaged one is set aside: the names can still be read in it. */
export function rebuildIndex(paths: StorePaths, blobs: Blobs, locker: Locker): Promise<Index> {
  return lockingIndex(paths, locker, async () => {
    const rebuilt = await rebuiltIndex(blobs);
    await setCopyAside(paths, paths.index);
    await writeIndex(paths, rebuilt);
    return rebuilt;
  });
}

export async function rebuiltIndex(blobs: Blobs): Promise<Index> {
  return applyChange(EMPTY_INDEX, { add: await findImages(blobs) });
}

/** Manifests and indexes among the blobs that no other index names. */
async function findImages(blobs: Blobs): Promise<Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const inner = new Set<Digest>();
  for await (const digest of blobs.list()) {
    const size = await blobs.sizeOf(digest);
    if (size === undefined || size > MAX_JSON_BYTES) continue;
    const document = await readDocument(blobs, { digest, size });
    if (document === undefined) continue;
    found.set(digest, { mediaType: document.mediaType, digest, size });
    if ('manifests' in document) for (const child of document.manifests) inner.add(child.digest);
  }
  return [...found.values()].filter(({ digest }) => !inner.has(digest));
}

async function readDocument(
  blobs: Blobs,
  blob: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Manifest | Index | undefined> {
  const data = await orUndefined(() => blobs.read(blob));
  if (data === undefined) return undefined;
  return (await orUndefined(() => parseManifest(data))) ?? orUndefined(() => parseIndex(data));
}

/** What cannot be read or is no such document is no image. */
async function orUndefined<Value>(read: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isPhylloError(error)) return undefined;
    throw error;
  }
}
