// Puts images into the store: blobs under a lease, the index last, in one change.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Reference, formatReference } from '../oci/reference.ts';
import type { ImageStore, Lease } from '../store/store.ts';
import type { ImageSink } from './transport.ts';

export class StoreSink implements ImageSink {
  private readonly store: ImageStore;
  /** Blobs that are put under it stay until the sink is closed. */
  readonly lease: Lease;
  private readonly signal: AbortSignal | undefined;
  private readonly named: { reference: string; descriptor: Descriptor }[] = [];
  private readonly unnamed: Descriptor[] = [];

  private constructor(store: ImageStore, lease: Lease, signal: AbortSignal | undefined) {
    this.store = store;
    this.lease = lease;
    this.signal = signal;
  }

  static async open(store: ImageStore, purpose: string, signal?: AbortSignal): Promise<StoreSink> {
    return new StoreSink(store, await store.lease(purpose, signal), signal);
  }

  /** A folder for unfinished files, removed with the sink. */
  get directory(): string {
    return this.lease.directory;
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.store.keep(descriptor);
  }

  async putBlob(descriptor: Descriptor, data: Readable): Promise<void> {
    await this.store.put(data, descriptor, { lease: this.lease, signal: this.signal });
  }

  async putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    const { mediaType, digest, size } = image.descriptor;
    const descriptor = { mediaType, digest, size };
    await this.store.put(image.configData, image.manifest.config, { lease: this.lease });
    await this.store.put(image.manifestData, descriptor, { lease: this.lease });
    for (const name of names) this.named.push({ reference: formatReference(name), descriptor });
    if (names.length === 0) this.unnamed.push(descriptor);
  }

  finish(): Promise<void> {
    return this.store.update({ set: this.named, add: this.unnamed });
  }

  close(): Promise<void> {
    return this.lease.release();
  }
}
