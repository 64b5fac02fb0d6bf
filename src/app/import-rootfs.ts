// A root file system tar as a one-layer image, as docker import makes it.
import { PhylloError } from '../lib/errors.ts';
import { type ImageConfig, parseConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
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
  return makeImage({ mediaType: mediaTypes.ociLayer, digest, size }, message, changes);
}

async function* notEmpty(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const chunk of tar) {
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new PhylloError('invalid-archive', 'import image: the tar is empty');
}

function makeImage(layer: Descriptor, comment: string, changes: readonly string[]): ResolvedImage {
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
  const configData = Buffer.from(JSON.stringify(document));
  const config: ImageConfig = parseConfig(configData);
  const id = digestOf(configData);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: id, size: configData.length },
    layers: [layer],
  } as const;
  const manifestData = Buffer.from(JSON.stringify(manifest));
  const descriptor = {
    mediaType: manifest.mediaType,
    digest: digestOf(manifestData),
    size: manifestData.length,
  };
  return { descriptor, manifest, manifestData, config, configData, id, names: [] };
}
