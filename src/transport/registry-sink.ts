// A repository of a registry that images are pushed to. What is there already, or in another repository of the same
// registry, is not sent again; names come last.
import { Readable } from 'node:stream';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobReader, ResolvedImage } from '../oci/image.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { ReportLayer } from './layer-event.ts';
import type { ImageSink } from './transport.ts';

export interface RegistrySinkOptions {
  /** Where a broken upload takes its bytes from to go on. */
  readonly source: BlobReader;
  /** Repositories of the same registry that may have the blob. */
  readonly mountFrom?: (digest: Digest) => readonly string[];
  readonly onLayer?: ReportLayer;
  readonly signal?: AbortSignal;
}

interface Named {
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly data: Uint8Array;
}

/** More repositories than these are not asked: each is a request. */
const MAX_MOUNTS = 3;

export class RegistrySink implements ImageSink {
  private readonly client: RegistryClient;
  private readonly repository: Reference;
  private readonly options: RegistrySinkOptions;
  private readonly named: Named[] = [];

  /** Of `reference` host and repository count. */
  constructor(client: RegistryClient, { host, repository }: Reference, options: RegistrySinkOptions) {
    this.client = client;
    this.repository = { host, repository };
    this.options = options;
  }

  /** A blob that another repository has is brought here without sending it. */
  async has(descriptor: Descriptor): Promise<boolean> {
    const { signal, onLayer } = this.options;
    const { digest } = descriptor;
    if (await this.client.hasBlob(this.repository, descriptor, { signal })) {
      onLayer?.({ layer: digest, status: 'Layer already exists' });
      return true;
    }
    const detail = await this.mount(digest);
    if (detail === undefined) return false;
    onLayer?.({ layer: digest, status: 'Mounted from', detail });
    return true;
  }

  private async mount(digest: Digest): Promise<string | undefined> {
    const { signal, mountFrom = () => [] } = this.options;
    for (const from of mountFrom(digest).slice(0, MAX_MOUNTS)) {
      if (from !== this.repository.repository && (await this.mounted(digest, from, signal))) return from;
    }
    return undefined;
  }

  /** Whoever may not read there sends it. */
  private async mounted(digest: Digest, from: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      return await this.client.mountBlob(this.repository, digest, from, { signal });
    } catch (error) {
      if (isPhylloError(error, 'unauthorized') || isPhylloError(error, 'not-found')) return false;
      throw error;
    }
  }

  async putBlob(descriptor: Descriptor, data: Readable): Promise<void> {
    const { onLayer } = this.options;
    const { digest: layer, size: totalBytes } = descriptor;
    let first: Readable | undefined = data;
    const bytes = (offset: number): AsyncIterable<Uint8Array> => {
      const given = offset === 0 ? first : undefined;
      first = undefined;
      return given ?? this.again(descriptor, offset);
    };
    await this.upload(descriptor, bytes, (doneBytes) =>
      onLayer?.({ layer, status: 'Pushing', doneBytes, totalBytes }),
    );
    onLayer?.({ layer, status: 'Pushed' });
  }

  private async *again(descriptor: Descriptor, offset: number): AsyncGenerator<Uint8Array> {
    const { source } = this.options;
    const range = { offset, length: descriptor.size - offset };
    yield* (await source.open(descriptor, offset === 0 ? undefined : range)) as AsyncIterable<Uint8Array>;
  }

  private upload(
    descriptor: Descriptor,
    open: (offset: number) => AsyncIterable<Uint8Array>,
    onProgress?: (doneBytes: number) => void,
  ): Promise<void> {
    const { signal } = this.options;
    return this.client.uploadBlob(this.repository, descriptor, { open, onProgress, signal });
  }

  async putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    const { signal } = this.options;
    const { config } = image.manifest;
    if (!(await this.client.hasBlob(this.repository, config, { signal })))
      await this.upload(config, () => Readable.from([image.configData]));
    const { descriptor, manifestData: data } = image;
    const tags = names.map(({ tag }) => tag);
    for (const tag of tags.length === 0 ? [undefined] : tags)
      this.named.push({
        reference: { ...this.repository, ...(tag !== undefined && { tag }) },
        descriptor,
        data,
      });
  }

  async finish(): Promise<void> {
    const { signal } = this.options;
    if (signal?.aborted) throw new PhylloError('cancelled', 'push image: cancelled');
    for (const { reference, descriptor, data } of this.named)
      await this.client.putManifest(reference, descriptor, data, { signal });
  }

  /** Blobs without a manifest stay until the registry tidies up; nothing names them. */
  close(): Promise<void> {
    return this.client.close();
  }
}
