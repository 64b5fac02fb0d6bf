// The store's sink, with one promise more: before a name points to an image, each of its layers was inflated, has the
// diffID that the config claims, and is indexed.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { Reference } from '../oci/reference.ts';
import type { ImageStore, Lease } from '../store/store.ts';
import { StoreSink } from '../transport/store-sink.ts';
import type { ImageSink } from '../transport/transport.ts';
import type { LayerIndexer } from './layer-indexer.ts';

export class VerifiedSink implements ImageSink {
  private readonly store: ImageStore;
  private readonly sink: StoreSink;
  private readonly indexer: LayerIndexer;
  private readonly signal: AbortSignal | undefined;

  private constructor(
    store: ImageStore,
    sink: StoreSink,
    indexer: LayerIndexer,
    signal: AbortSignal | undefined,
  ) {
    this.store = store;
    this.sink = sink;
    this.indexer = indexer;
    this.signal = signal;
  }

  static async open(
    store: ImageStore,
    indexer: LayerIndexer,
    purpose: string,
    signal?: AbortSignal,
  ): Promise<VerifiedSink> {
    return new VerifiedSink(store, await StoreSink.open(store, purpose, signal), indexer, signal);
  }

  get lease(): Lease {
    return this.sink.lease;
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.sink.has(descriptor);
  }

  putBlob(descriptor: Descriptor, data: Readable): Promise<void> {
    return this.sink.putBlob(descriptor, data);
  }

  async putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    const { manifest, config } = image;
    const layers = config.diffIDs.map((diffID, index) => ({
      diffID,
      descriptor: manifest.layers[index]!,
      isStored: true,
    }));
    await Promise.all(layers.map((layer) => this.indexer.verify(this.store, layer, { signal: this.signal })));
    await this.sink.putImage(image, names);
  }

  finish(): Promise<void> {
    return this.sink.finish();
  }

  close(): Promise<void> {
    return this.sink.close();
  }
}
