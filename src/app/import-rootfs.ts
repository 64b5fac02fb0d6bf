// A root file system tar as a one-layer image, as docker import makes it.
import { PhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { makeImage } from '../oci/make-image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { ImageStore, Lease } from '../store/store.ts';
import { inflated, sniffed } from '../transport/inflate.ts';
import { applyConfigChanges } from './config-changes.ts';
import type { ImportOptions } from './services.ts';

/** The tar may be plain or compressed; it is kept plain, so that its digest is its diffID. Throws `invalid-archive`. */
export async function importRootFs(
  input: AsyncIterable<Uint8Array>,
  store: ImageStore,
  lease: Lease,
  { message = 'Imported from -', changes = [] }: ImportOptions,
): Promise<ResolvedImage> {
  const tar = notEmpty(inflated(await sniffed(input)));
  const { digest, size } = await store.put(tar, undefined, { lease });
  return oneLayerImage({ mediaType: mediaTypes.ociLayer, digest, size }, message, changes);
}

async function* notEmpty(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const chunk of tar) {
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new PhylloError('invalid-archive', 'import image: the tar is empty');
}

function oneLayerImage(layer: Descriptor, comment: string, changes: readonly string[]): ResolvedImage {
  const created = new Date().toISOString();
  const platform = hostPlatform();
  const document = {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant && { variant: platform.variant }),
    config: applyConfigChanges({}, changes),
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created, comment }],
  };
  return makeImage(Buffer.from(JSON.stringify(document)), [layer]);
}
