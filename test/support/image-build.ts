// Images made in code: layers in every compression, config and manifest, as bytes.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes, ociLayerType } from '../../src/oci/media-types.ts';
import { readAll } from '../../src/lib/streams.ts';
import { sniffCompression } from '../../src/layer/compression.ts';
import { type Layer, tarOf } from '../layer/apply-fixtures.ts';

export type LayerForm = 'plain' | 'gzip' | 'gzip members' | 'zstd' | 'zstd frames';

export interface BuiltLayer {
  readonly tar: Buffer;
  readonly diffID: Digest;
  /** As it is stored. */
  readonly blob: Buffer;
  readonly descriptor: Descriptor;
}

export interface BuiltImage {
  readonly layers: readonly BuiltLayer[];
  readonly configData: Buffer;
  readonly id: Digest;
  readonly manifestData: Buffer;
  readonly descriptor: Descriptor;
}

const MAX_TAR_BYTES = 256 * 1024 * 1024;
/** A frame that holds nothing of the data, as zstd:chunked layers have them. */
const SKIPPABLE_FRAME = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

export async function buildLayer(spec: Layer, form: LayerForm = 'gzip'): Promise<BuiltLayer> {
  return layerOfTar(await readAll(tarOf(spec), MAX_TAR_BYTES, 'layer'), form);
}

export function layerOfTar(tar: Buffer, form: LayerForm = 'gzip'): BuiltLayer {
  const blob = compressAs(tar, form);
  const mediaType = ociLayerType(sniffCompression(blob));
  return { tar, diffID: digestOf(tar), blob, descriptor: describe(mediaType, blob) };
}

/** In several members or frames the data is cut at odd places. */
export function compressAs(data: Buffer, form: LayerForm): Buffer {
  const pieces = [data.subarray(0, 700), data.subarray(700, 701), data.subarray(701)];
  switch (form) {
    case 'plain':
      return data;
    case 'gzip':
      return gzipSync(data);
    case 'gzip members':
      return Buffer.concat(pieces.map((piece) => gzipSync(piece)));
    case 'zstd':
      return zstdCompressSync(data);
    case 'zstd frames':
      return Buffer.concat([SKIPPABLE_FRAME, ...pieces.map((piece) => zstdCompressSync(piece))]);
  }
}

export interface ImageFacts {
  readonly architecture?: string;
  readonly variant?: string;
  /** More of the config document, or other values for what it has. */
  readonly config?: object;
  /** docker's media types instead of OCI's. */
  readonly docker?: boolean;
}

export function buildImage(
  layers: readonly BuiltLayer[],
  { architecture = 'amd64', variant, config = {}, docker = false }: ImageFacts = {},
): BuiltImage {
  const configData = json({
    created: '2024-05-01T10:00:00Z',
    architecture,
    ...(variant !== undefined && { variant }),
    os: 'linux',
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffID }) => diffID) },
    history: layers.map((_, index) => ({ created: '2024-05-01T10:00:00Z', created_by: `LAYER ${index}` })),
    ...config,
  });
  const types = docker
    ? { manifest: mediaTypes.dockerManifest, config: mediaTypes.dockerConfig }
    : { manifest: mediaTypes.ociManifest, config: mediaTypes.ociConfig };
  const manifestData = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describe(types.config, configData),
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return {
    layers,
    configData,
    id: digestOf(configData),
    manifestData,
    descriptor: describe(types.manifest, manifestData),
  };
}

export async function imageOf(
  specs: readonly Layer[],
  form: LayerForm = 'gzip',
  facts: ImageFacts = {},
): Promise<BuiltImage> {
  return buildImage(await Promise.all(specs.map((spec) => buildLayer(spec, form))), facts);
}

export function describe(mediaType: string, data: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(data), size: data.length };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
