// Turns a layer of an opened image into its LayerTree: from the cache, else by an index worker.
import { basename } from 'node:path';
import { type ErrorCode, isPhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader } from '../oci/image.ts';
import type { TreeCache } from '../tree/cache.ts';
import type { IndexPool, JobOptions } from '../tree/index-pool.ts';
import type { LayerTree } from '../tree/layer-tree.ts';
import { claimsToc, fetchToc } from '../layer/toc-place.ts';
import type { NamedTree } from '../tree/stack-cache.ts';
import type { TocLayer } from '../tree/toc-content.ts';
import { type LayerPlace, type Proof, ProvenLayers } from './proven-layers.ts';

export interface IndexedLayer extends NamedTree {
  /** The tree's bytes were hashed and have the diffID that the image claims. */
  readonly verified: boolean;
  /** Made from the layer's own table of contents, which says where its files lie. */
  readonly toc?: TocLayer | undefined;
}

/** What a layer can be read from. */
export type LayerBlobs = BlobLocator & BlobReader;

export interface LayerToIndex {
  readonly descriptor: Descriptor;
  readonly diffID: Digest;
  /** The blob is one of our store, or comes from where its digest was verified. */
  readonly isStored: boolean;
  /** To have it as a file it has to be fetched: what is known of it already is worth looking up first. */
  readonly isRemote?: boolean;
  /** Its place goes with the source: nothing is worth keeping under it. */
  readonly isPassing?: boolean;
}

/** All of such a layer comes sooner than its table and a file. */
const SMALL_BYTES = 512 * 1024;
const USELESS_TOC: ReadonlySet<ErrorCode> = new Set([
  'digest-mismatch',
  'invalid-archive',
  'invalid-image',
  'limit-exceeded',
  'path-escape',
]);
/** A blob that is known by its digest needs no place. */
const NOWHERE: BlobLocation = { path: '', offset: 0, sizeBytes: 0 };

export class LayerIndexer {
  private readonly cache: TreeCache;
  private readonly pool: IndexPool;
  private readonly proven: ProvenLayers;

  constructor(cache: TreeCache, pool: IndexPool) {
    this.cache = cache;
    this.pool = pool;
    this.proven = new ProvenLayers(cache);
  }

  /**
   * As soon as possible: an uncompressed layer is indexed by its headers alone, one far away by its table of contents. It is
   * not verified then.
   */
  async index(blobs: LayerBlobs, layer: LayerToIndex, options: JobOptions): Promise<IndexedLayer> {
    if (!layer.isRemote) return this.indexPlace(blobs, layer, options);
    const met = await this.known({ ...layer, location: NOWHERE });
    if (met) return { tree: met, name: layer.diffID, verified: true };
    const toc = await this.toc(blobs, layer, options);
    if (toc) return { tree: toc.tree, name: contentsName(toc, layer), verified: false, toc };
    try {
      return await this.indexPlace(blobs, layer, options);
    } finally {
      await blobs.release?.(layer.descriptor);
    }
  }

  private async indexPlace(
    blobs: BlobLocator,
    layer: LayerToIndex,
    options: JobOptions,
  ): Promise<IndexedLayer> {
    const place = { ...layer, location: await locate(blobs, layer, options) };
    const proof = await this.proven.proofOf(place);
    const known = await this.provenTree(proof, place);
    if (known) return { tree: known, name: layer.diffID, verified: true };
    const { location } = place;
    const name = basename(await this.cache.pathOf({ location }));
    const isKept = !layer.isPassing && !layer.isRemote;
    const seen = isKept ? await this.cache.load({ location }) : undefined;
    if (seen) return { tree: seen, name, verified: false };
    const { tree, verified } = await this.make(place, layer.isRemote === true, options);
    if (verified) await this.remember(proof, place, tree);
    else if (isKept) await this.cache.save({ location }, tree);
    return { tree, name: verified ? layer.diffID : name, verified };
  }

  /** Undefined where the layer has none that holds: then all of it has to be read. */
  async toc(blobs: BlobReader, layer: LayerToIndex, options: JobOptions): Promise<TocLayer | undefined> {
    const { descriptor } = layer;
    if (descriptor.size <= SMALL_BYTES || !claimsToc(descriptor)) return undefined;
    try {
      const packed = await fetchToc(blobs, descriptor, options.signal);
      if (packed === undefined) return undefined;
      const { tree, chunks } = await this.pool.indexToc(packed, { signal: options.signal });
      const compression = packed.form === 'estargz' ? 'gzip' : 'zstd';
      const { digest } = packed;
      return { digest, tree, chunks, compression, open: (range) => blobs.open(descriptor, range) };
    } catch (error) {
      if (isPhylloError(error) && USELESS_TOC.has(error.code)) return undefined;
      throw error;
    }
  }

  /** The same with every byte hashed. Throws `digest-mismatch` when the layer is not what the image says. */
  async verify(blobs: BlobLocator, layer: LayerToIndex, options: JobOptions): Promise<LayerTree> {
    const place = { ...layer, location: await locate(blobs, layer, options) };
    const proof = await this.proven.proofOf(place);
    const known = await this.provenTree(proof, place);
    if (known) return known;
    const { tree } = await this.make(place, true, options);
    await this.remember(proof, place, tree);
    return tree;
  }

  private async known(place: LayerPlace): Promise<LayerTree | undefined> {
    return this.provenTree(await this.proven.proofOf(place), place);
  }

  private async provenTree(proof: Proof, place: LayerPlace): Promise<LayerTree | undefined> {
    if (!this.proven.isProven(proof, place)) return undefined;
    return this.cache.load({ diffID: place.diffID });
  }

  private make(
    { location, diffID, descriptor, isStored }: LayerPlace,
    full: boolean,
    options: JobOptions,
  ): Promise<{ tree: LayerTree; verified: boolean }> {
    const digest = isStored ? undefined : descriptor.digest;
    return this.pool.indexLayer({ location, diffID, digest, full }, options);
  }

  private async remember(proof: Proof, place: LayerPlace, tree: LayerTree): Promise<void> {
    await this.cache.save({ diffID: place.diffID }, tree);
    await this.proven.add(proof, place);
  }
}

/** Another manifest may name another table for the same blob. */
function contentsName({ digest, compression }: TocLayer, { descriptor }: LayerToIndex): string {
  return `${compression} contents ${digest} of ${descriptor.digest}`;
}

function locate(
  blobs: BlobLocator,
  { descriptor }: LayerToIndex,
  { signal, onProgress }: JobOptions,
): Promise<BlobLocation> {
  return blobs.locate(descriptor, { signal, onBytes: onProgress });
}
