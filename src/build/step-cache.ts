// Whether a step was built before, and if not, why not.
import type { NewLayer } from './stage-state.ts';
import type { ImageStore, Lease } from '../store/store.ts';
import { layerDescriptor } from '../oci/make-image.ts';
import type { BuildCache, BuildRecord } from './build-cache.ts';
import type { CacheVerdict } from './build.ts';
import { type CacheKey, type KeyPart, firstDifference } from './cache-key.ts';

export interface Looked {
  readonly verdict: CacheVerdict;
  readonly layer: NewLayer | undefined;
}

/** A step as the cache knows it. */
export interface KeyedStep {
  readonly key: CacheKey;
  /** What the key is made of. */
  readonly parts: readonly KeyPart[];
  /** For reasons. */
  readonly place: StepPlace;
}

/** Where an instruction stands, for reasons: by its words, which may have moved, and by its number, whose words may have changed. */
export interface StepPlace {
  readonly byWords: string;
  readonly byNumber: string;
}

export class StepCache {
  private readonly cache: BuildCache;
  private readonly store: ImageStore;

  constructor(cache: BuildCache, store: ImageStore) {
    this.cache = cache;
    this.store = store;
  }

  /** `isOff`: it has to be built. */
  async look({ key, parts, place }: KeyedStep, isOff: boolean): Promise<Looked> {
    if (isOff) return { verdict: { kind: 'miss', why: 'off' }, layer: undefined };
    const record = await this.cache.find(key);
    if (record && (await this.store.keep(layerDescriptor(record.layer)))) {
      await this.note(place, parts);
      return { verdict: { kind: 'hit' }, layer: newLayerOf(record) };
    }
    if (record) return { verdict: { kind: 'miss', why: 'gone' }, layer: undefined };
    const { byWords, byNumber } = place;
    const before = (await this.cache.lastParts(byWords)) ?? (await this.cache.lastParts(byNumber));
    const difference = before && firstDifference(before, parts);
    const verdict: CacheVerdict =
      difference === undefined ? { kind: 'miss', why: 'new' } : { kind: 'miss', why: 'changed', difference };
    return { verdict, layer: undefined };
  }

  private async note({ byWords, byNumber }: StepPlace, parts: readonly KeyPart[]): Promise<void> {
    await Promise.all([byWords, byNumber].map((place) => this.cache.noteParts(place, parts)));
  }

  /** A layer that came with another image; its blob is in the store. */
  async adopt(layer: NewLayer, { key, parts, place }: KeyedStep): Promise<void> {
    const { digest, size } = layer.descriptor;
    // Only plain tars are remembered: a record says nothing of compression.
    if (digest !== layer.diffID) return;
    await this.cache.save(key, {
      parts,
      layer: { digest, size },
      diffID: layer.diffID,
      created: layer.created,
    });
    await this.note(place, parts);
  }

  /** Puts the layer into the store, and remembers it. */
  async keep(
    tar: AsyncIterable<Uint8Array>,
    { key, parts, place, lease, signal }: KeyedStep & { lease: Lease; signal: AbortSignal },
  ): Promise<NewLayer> {
    const { digest, size } = await this.store.put(tar, undefined, { lease, signal });
    const record = { parts, layer: { digest, size }, diffID: digest, created: new Date().toISOString() };
    await this.cache.save(key, record);
    await this.note(place, parts);
    return newLayerOf(record);
  }
}

function newLayerOf(record: BuildRecord): NewLayer {
  return { descriptor: layerDescriptor(record.layer), diffID: record.diffID, created: record.created };
}
