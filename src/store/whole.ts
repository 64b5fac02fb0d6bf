// No name for a part of an image: what enters the index must be there with all its blobs.
import { PhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Index } from '../oci/manifest.ts';
import type { Blobs } from './blobs.ts';
import { reachable } from './reachable.ts';

/** Images that the index has already are taken as they are. */
export async function mustBeWhole(blobs: Blobs, index: Index, added: readonly Descriptor[]): Promise<void> {
  const known = new Set(index.manifests.map(({ digest }) => digest));
  const roots = added.filter(({ digest }) => !known.has(digest));
  const needed = await reachable(blobs, roots, ({ error }) => {
    throw error;
  });
  for (const blob of needed.values()) {
    if (await blobs.has(blob)) continue;
    throw new PhylloError('not-found', `change index: blob ${blob.digest} is not in the store`, {
      data: { digest: blob.digest },
    });
  }
}
