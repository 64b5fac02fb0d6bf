// Turns a layer of an opened image into its LayerTree: from the cache, else by an index worker.
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobLocator } from '../oci/image.ts';
import type { TreeCache } from '../tree/cache.ts';
import type { IndexPool, JobOptions } from '../tree/index-pool.ts';
import type { LayerTree } from '../tree/layer-tree.ts';

export interface IndexedLayer {
  readonly tree: LayerTree;
  /** The tree's bytes were hashed and have the diffID that the image claims. */
  readonly verified: boolean;
}

export interface LayerToIndex {
  readonly descriptor: Descriptor;
  readonly diffID: Digest;
}

export class LayerIndexer {
  private readonly cache: TreeCache;
  private readonly pool: IndexPool;

  constructor(cache: TreeCache, pool: IndexPool) {
    this.cache = cache;
    this.pool = pool;
  }

  /** As soon as possible: an uncompressed layer is indexed by its headers alone and is then not verified. */
  async index(blobs: BlobLocator, layer: LayerToIndex, options: JobOptions): Promise<IndexedLayer> {
    const known = await this.cache.load({ diffID: layer.diffID });
    if (known) return { tree: known, verified: true };
    const location = await blobs.locate(layer.descriptor);
    const seen = await this.cache.load({ location });
    if (seen) return { tree: seen, verified: false };
    const { diffID, descriptor } = layer;
    const made = await this.pool.indexLayer(
      { location, diffID, digest: descriptor.digest, full: false },
      options,
    );
    await this.cache.save(made.verified ? { diffID } : { location }, made.tree);
    return made;
  }

  /** The same with every byte hashed. Throws `digest-mismatch` when the layer is not what the image says. */
  async verify(blobs: BlobLocator, layer: LayerToIndex, options: JobOptions): Promise<LayerTree> {
    const { diffID, descriptor } = layer;
    const known = await this.cache.load({ diffID });
    if (known) return known;
    const location = await blobs.locate(descriptor);
    const { tree } = await this.pool.indexLayer(
      { location, diffID, digest: descriptor.digest, full: true },
      options,
    );
    await this.cache.save({ diffID }, tree);
    return tree;
  }
}
