// Images that we make ourselves: a config and layers, in OCI's types.
import { parseConfig } from './config.ts';
import type { Descriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import type { ResolvedImage } from './image.ts';
import { parseManifest } from './manifest.ts';
import { claimedCompression, mediaTypes, ociLayerType } from './media-types.ts';

/** The same config and layers give the same manifest, byte for byte. Throws `invalid-image` for a bad config. */
export function makeImage(
  configData: Uint8Array,
  layers: readonly Descriptor[],
  names: readonly string[] = [],
): ResolvedImage {
  const config = describeData(mediaTypes.ociConfig, configData);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  const manifestData = Buffer.from(JSON.stringify(manifest));
  return {
    descriptor: describeData(mediaTypes.ociManifest, manifestData),
    manifest: parseManifest(manifestData),
    manifestData,
    config: parseConfig(configData),
    configData,
    id: config.digest,
    names,
  };
}

/** A layer that is kept as the tar that it is: its digest is its diffID. */
export function layerDescriptor({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Descriptor {
  return { mediaType: mediaTypes.ociLayer, digest, size };
}

/** A layer of another image, for a manifest of ours, which is OCI's: docker's types have no place in it. */
export function asOciLayer(layer: Descriptor): Descriptor {
  const mediaType = ociLayerType(claimedCompression(layer.mediaType));
  return layer.mediaType.startsWith('application/vnd.docker.') ? { ...layer, mediaType } : layer;
}

export function describeData(mediaType: string, data: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(data), size: data.length };
}
