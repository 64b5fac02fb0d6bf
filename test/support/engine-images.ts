// Images to run, made in code: around the machine's static busybox, or of text alone where no program of an image is run.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { RunImage } from '../../src/engine/engine.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { readAll } from '../../src/lib/streams.ts';
import { makeImage } from '../../src/oci/make-image.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { ArchiveWriter } from '../../src/transport/archive-writer.ts';
import { DockerArchiveSink } from '../../src/transport/docker-archive-sink.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { openContent } from '../../src/tree/content.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type BuiltLayer, buildImage, layerOfTar } from './image-build.ts';

const BUSYBOX = '/bin/busybox';
const MAX_BUSYBOX_BYTES = 16 * 1024 * 1024;
const APPLETS =
  'sh cat chmod chown cp dd echo env false head hostname id kill ln ls mkdir mv nc ps pwd readlink rm sleep sort stat stty tail test touch true tty umask vi wc wget'.split(
    ' ',
  );

export interface RunImageFacts {
  /** What the config's `config` has, in docker's words (`Cmd`, `Env`, `User` …). */
  readonly config?: object;
  readonly name?: string;
}

/** busybox with the names under which tests call it. */
export async function busyboxLayer(): Promise<BuiltLayer> {
  const body = readFileSync(BUSYBOX);
  const links = APPLETS.map((name): TarMember => ({
    header: {
      path: Buffer.from(`bin/${name}`),
      type: 'symlink',
      mode: 0o777,
      linkname: Buffer.from('busybox'),
    },
  }));
  const members: TarMember[] = [
    { header: { path: Buffer.from('bin'), type: 'dir', mode: 0o755 } },
    {
      header: { path: Buffer.from('bin/busybox'), type: 'file', mode: 0o755, sizeBytes: body.length },
      body: [body],
    },
    ...links,
    { header: { path: Buffer.from('tmp'), type: 'dir', mode: 0o1777 } },
  ];
  return layerOfTar(await readAll(writeTar(members), MAX_BUSYBOX_BYTES, 'busybox'), 'plain');
}

/** Its blobs and tars are files in `folder`, which has to stay. */
export async function runImageOf(
  folder: string,
  layers: readonly BuiltLayer[],
  { config = {}, name = 'contract:1' }: RunImageFacts = {},
): Promise<RunImage> {
  const { architecture, variant } = hostPlatform();
  const defaults = { Env: ['PATH=/bin:/usr/bin'], Cmd: ['sh'] };
  const built = buildImage(layers, {
    architecture,
    variant,
    config: { config: { ...defaults, ...config } },
  });
  const image = makeImage(
    built.configData,
    layers.map(({ descriptor }) => descriptor),
    [name],
  );
  const stored = layers.map((layer) => store(folder, layer));
  const trees = Promise.all(layers.map(treeOf));
  return {
    image,
    stack: async () => mergeLayers(await trees),
    outline: async () => mergeLayers(await trees),
    locateLayer: (index) => Promise.resolve(stored[index]!.blob),
    content: async (layer, node) => openContent(stored[layer]!.tar, (await trees)[layer]!, node),
    archive: (signal) => dockerArchive(image, layers, name, folder, signal),
  };
}

function store(folder: string, layer: BuiltLayer): Record<'blob' | 'tar', Location> {
  mkdirSync(folder, { recursive: true });
  const place = (data: Buffer, digest: string): Location => {
    const path = join(folder, digest.replace(':', '-'));
    writeFileSync(path, data);
    return { path, offset: 0, sizeBytes: data.length };
  };
  return { tar: place(layer.tar, layer.diffID), blob: place(layer.blob, layer.descriptor.digest) };
}

type Location = Awaited<ReturnType<RunImage['locateLayer']>>;

/** With the digests of all files, as exact as it can be known. */
export async function treeOf({ tar, diffID }: Pick<BuiltLayer, 'tar' | 'diffID'>): Promise<LayerTree> {
  const builder = new LayerTreeBuilder();
  await scanLayerStream(Readable.from([tar]), {
    hashFiles: true,
    expectedDiffID: diffID,
    onEntry: (entry, digest) => builder.add(entry, digest),
  });
  return builder.finish({ uncompressedBytes: tar.length, diffID });
}

function dockerArchive(
  image: RunImage['image'],
  layers: readonly BuiltLayer[],
  name: string,
  folder: string,
  signal?: AbortSignal,
): Readable {
  const output = new PassThrough();
  const write = async (): Promise<void> => {
    const sink = new DockerArchiveSink(new ArchiveWriter(output, signal), folder, signal);
    for (const { descriptor, blob } of layers) await sink.putBlob(descriptor, Readable.from([blob]));
    await sink.putImage(image, [parseReference(name)]);
    await sink.finish();
    await sink.close();
    output.end();
  };
  write().catch((error: unknown) => output.destroy(error as Error));
  return output;
}
