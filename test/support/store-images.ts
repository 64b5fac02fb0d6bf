// Small whole images, built in code, and loading them into a store the way transports do: each blob under a lease, the
// name last.
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { parseConfig } from '../../src/oci/config.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { ResolvedImage } from '../../src/oci/image.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { parseReference, withDefaultTag } from '../../src/oci/reference.ts';
import type { ImageStore } from '../../src/store/store.ts';
import { StoreSink } from '../../src/transport/store-sink.ts';

export interface BuiltImage {
  readonly image: ResolvedImage;
  readonly layers: readonly { readonly descriptor: Descriptor; readonly data: Buffer }[];
}

/** One layer a text, each with one file. Images that share texts share layers. */
export async function buildImage(...texts: string[]): Promise<BuiltImage> {
  const layers = await Promise.all(texts.map(buildLayer));
  const configData = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
      history: texts.map((text) => ({ created_by: `COPY ${text.slice(0, 20)}` })),
    }),
  );
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf(configData), size: configData.length };
  const manifestData = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  const image: ResolvedImage = {
    descriptor: {
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(manifestData),
      size: manifestData.length,
    },
    manifest: parseManifest(manifestData),
    manifestData,
    config: parseConfig(configData),
    configData,
    id: config.digest,
    names: [],
  };
  return { image, layers };
}

async function buildLayer(text: string): Promise<{ descriptor: Descriptor; data: Buffer }> {
  const body = Buffer.from(text);
  const header = { path: Buffer.from('file'), type: 'file', mode: 0o644, sizeBytes: body.length } as const;
  const data = await buffer(Readable.from(writeTar([{ header, body: [body] }])));
  const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(data), size: data.length };
  return { descriptor, data };
}

export async function loadImage(
  store: ImageStore,
  { image, layers }: BuiltImage,
  ...names: string[]
): Promise<void> {
  const sink = await StoreSink.open(store, 'load');
  try {
    for (const { descriptor, data } of layers)
      if (!(await sink.has(descriptor))) await sink.putBlob(descriptor, Readable.from([data]));
    await sink.putImage(
      image,
      names.map((name) => withDefaultTag(parseReference(name))),
    );
    await sink.finish();
  } finally {
    await sink.close();
  }
}

/** As rmi does: the names go, then what nobody needs. */
export async function removeImage(store: ImageStore, { image }: BuiltImage): Promise<void> {
  await store.update({ removeImages: [image.descriptor.digest] });
  await store.gc({ graceMs: 0 });
}
