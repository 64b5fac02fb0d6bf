// Writes the synthetic image with phyllo's own writers: as docker-archive, and as OCI layouts with gzip and zstd.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { compressed } from '../../src/layer/compression.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { writeFully } from '../../src/lib/files.ts';
import { type Digest, digestHasher } from '../../src/oci/digest.ts';
import type { ResolvedImage } from '../../src/oci/image.ts';
import { makeImage } from '../../src/oci/make-image.ts';
import { type Compression, ociLayerType } from '../../src/oci/media-types.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { ArchiveWriter } from '../../src/transport/archive-writer.ts';
import { DockerArchiveSink } from '../../src/transport/docker-archive-sink.ts';
import { OciDirectorySink } from '../../src/transport/oci-sink.ts';
import type { ImageSink } from '../../src/transport/transport.ts';
import type { SyntheticLayer } from './layers.ts';

export interface ImageForms {
  readonly docker: string;
  readonly gzip: string;
  readonly zstd: string;
}

interface Staged {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

type Note = (text: string) => void;

const READ_BYTES = 1024 * 1024;

export function formsIn(directory: string): ImageForms {
  return {
    docker: join(directory, 'image.docker.tar'),
    gzip: join(directory, 'image.oci'),
    zstd: join(directory, 'image.zstd.oci'),
  };
}

export async function writeForms(
  layers: readonly SyntheticLayer[],
  directory: string,
  note: Note,
): Promise<void> {
  const staging = await mkdtemp(join(directory, 'staging-'));
  const forms = formsIn(directory);
  try {
    const tars: Staged[] = [];
    for (const { createdBy, members } of layers) {
      note(`write ${createdBy}`);
      tars.push(await stage(writeTar(members), join(staging, `${tars.length}.tar`)));
    }
    const config = configOf(layers, tars);
    await writeDocker(tars, config, forms.docker, staging);
    for (const compression of ['gzip', 'zstd'] as const) {
      note(`compress with ${compression}`);
      const blobs = await Promise.all(tars.map((tar) => stageCompressed(tar, compression)));
      await mkdir(forms[compression]);
      await fill(new OciDirectorySink(forms[compression]), blobs, describe(config, blobs, compression));
    }
  } finally {
    await rm(staging, { recursive: true });
  }
}

async function stage(bytes: AsyncIterable<Uint8Array>, path: string): Promise<Staged> {
  const hasher = digestHasher();
  let size = 0;
  await using file = await open(path, 'wx');
  for await (const chunk of bytes) {
    hasher.update(chunk);
    size += chunk.length;
    await writeFully(file, chunk);
  }
  return { path, digest: hasher.digest(), size };
}

function stageCompressed({ path }: Staged, compression: Compression): Promise<Staged> {
  return stage(compressed(fileBytes(path), compression), `${path}.${compression}`);
}

function fileBytes(path: string): Readable {
  return createReadStream(path, { highWaterMark: READ_BYTES });
}

async function writeDocker(
  tars: readonly Staged[],
  config: Buffer,
  path: string,
  staging: string,
): Promise<void> {
  const output = createWriteStream(path, { highWaterMark: READ_BYTES });
  await fill(new DockerArchiveSink(new ArchiveWriter(output), staging), tars, describe(config, tars, 'none'));
  output.end();
  await finished(output);
}

async function fill(sink: ImageSink, blobs: readonly Staged[], image: ResolvedImage): Promise<void> {
  for (const [index, { path }] of blobs.entries())
    await sink.putBlob(image.manifest.layers[index]!, fileBytes(path));
  await sink.putImage(image, [parseReference('phyllo-bench:latest')]);
  await sink.finish();
  await sink.close();
}

function configOf(layers: readonly SyntheticLayer[], tars: readonly Staged[]): Buffer {
  const created = '2024-05-01T10:00:00Z';
  const history = layers.map(({ createdBy }) => ({ created, created_by: createdBy }));
  return json({
    architecture: 'amd64',
    os: 'linux',
    created,
    config: { Cmd: ['/srv/app/run'] },
    rootfs: { type: 'layers', diff_ids: tars.map(({ digest }) => digest) },
    history,
  });
}

function describe(configData: Buffer, blobs: readonly Staged[], compression: Compression): ResolvedImage {
  const mediaType = ociLayerType(compression);
  return makeImage(
    configData,
    blobs.map(({ digest, size }) => ({ mediaType, digest, size })),
  );
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
