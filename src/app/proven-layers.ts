// Which bytes were seen to be which layer. A manifest may pair any blob with any diffID: that a tree of the diffID is
// known says nothing about a blob that only claims it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from '../lib/errors.ts';
import { writeAtomically } from '../lib/files.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { TreeCache } from '../tree/cache.ts';

export interface LayerPlace {
  readonly location: BlobLocation;
  readonly descriptor: Descriptor;
  readonly diffID: Digest;
  /** The store verified the blob when it came in: it is known by its digest, wherever it lies. */
  readonly isStored: boolean;
}

/** Names a place and the state of the file there; another one as soon as the file changes. */
export type Proof = string;

/** Marks live beside the trees, and like these may be lost at any time. */
export class ProvenLayers {
  private readonly cache: TreeCache;

  constructor(cache: TreeCache) {
    this.cache = cache;
  }

  /** To be had before the bytes are read. */
  async proofOf({ location, descriptor, diffID, isStored }: LayerPlace): Promise<Proof> {
    const identity = isStored ? descriptor.digest : basename(await this.cache.pathOf({ location }));
    const name = createHash('sha256').update(`${identity} ${diffID}`).digest('hex');
    return join(this.cache.directory, 'proven', name);
  }

  isProven(proof: Proof, place: LayerPlace): boolean {
    const { diffID } = place;
    if (isItself(place)) return true;
    try {
      return readFileSync(proof, 'utf8') === diffID;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return false;
      throw error;
    }
  }

  /** After all bytes were read and hashed. What changed while it was read is not proven. */
  async add(proof: Proof, place: LayerPlace): Promise<void> {
    if (isItself(place) || (await this.proofOf(place)) !== proof) return;
    try {
      await mkdir(dirname(proof), { recursive: true, mode: 0o700 });
      await writeAtomically(proof, place.diffID);
    } catch {
      // A read-only store or a full disk: the bytes are read again the next time.
    }
  }
}

/** A verified blob that is not compressed. */
function isItself({ descriptor, diffID, isStored }: LayerPlace): boolean {
  return isStored && descriptor.digest === diffID;
}
