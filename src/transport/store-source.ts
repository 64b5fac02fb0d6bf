// The store as a source of images. Closing it leaves the store open: others use it too.
import type { Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import type { BlobLocation, Range, ResolvedImage } from '../oci/image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import type { StoredImage } from '../store/index-file.ts';
import type { ImageStore } from '../store/store.ts';
import { resolveImage, selectImage } from './select-image.ts';
import type { ImageSource, SourceImage } from './transport.ts';

export class StoreSource implements ImageSource {
  readonly kind = 'store';
  private readonly store: ImageStore;

  constructor(store: ImageStore) {
    this.store = store;
  }

  async list(): Promise<SourceImage[]> {
    const images = await this.store.images();
    return images.map(({ descriptor, references }) => ({
      descriptor,
      names: references,
      select: descriptor.digest,
    }));
  }

  async resolve(select?: string, platform?: Platform): Promise<ResolvedImage> {
    const { descriptor, names } = selectImage(await this.list(), select, 'store', platform);
    return resolveImage((document) => this.document(document), { descriptor: descriptor!, names }, platform);
  }

  /** One that was found in the index, for this machine's platform: the index is not read once more. */
  resolveListed({ descriptor, references: names }: StoredImage): Promise<ResolvedImage> {
    return resolveImage((document) => this.document(document), { descriptor, names }, undefined);
  }

  /** An image by the digest of its manifest, whether or not the index lists it: containers keep theirs. */
  async resolveManifest(digest: Digest): Promise<ResolvedImage> {
    const size = await this.store.sizeOf(digest);
    if (size === undefined) {
      throw new PhylloError(
        'not-found',
        `read image ${shortDigest(digest)}: its manifest is not in the store`,
      );
    }
    const descriptor = { mediaType: mediaTypes.ociManifest, digest, size };
    return resolveImage((document) => this.document(document), { descriptor, names: [] }, undefined);
  }

  private document(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Buffer> {
    return this.store.read(descriptor);
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.store.has(descriptor);
  }

  open(descriptor: Descriptor, range?: Range): Promise<Readable> {
    return this.store.open(descriptor, range);
  }

  locate(descriptor: Descriptor): Promise<BlobLocation> {
    return this.store.locate(descriptor);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
