// Makes a sample image in memory: layers by our own writer, config, manifest. The same bytes every time.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { PhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { compressed } from '../layer/compression.ts';
import { type TarMember, writeTar } from '../layer/tar-writer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { describeData, makeImage } from '../oci/make-image.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Sample, SampleConfig, SampleContext } from './sample-steps.ts';
import { SampleTree } from './sample-tree.ts';

export interface SampleBlob {
  readonly descriptor: Descriptor;
  readonly data: Uint8Array;
}

export interface MadeSample {
  readonly image: ResolvedImage;
  readonly layers: readonly SampleBlob[];
}

/** Samples are small: layers are kept in memory while they are made. */
const MAX_LAYER_BYTES = 64 * 1024 * 1024;
const START_SECONDS = Date.UTC(2024, 4, 1, 10) / 1000;
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface Made {
  readonly history: object[];
  readonly diffIDs: Digest[];
  readonly layers: SampleBlob[];
}

export async function makeSampleImage(
  sample: Sample,
  context: SampleContext,
  { signal }: { signal?: AbortSignal } = {},
): Promise<MadeSample> {
  const tree = new SampleTree(START_SECONDS);
  const config: SampleConfig = {
    Env: [DEFAULT_PATH],
    Labels: {},
    ExposedPorts: {},
    WorkingDir: '/',
    Cmd: [],
  };
  const made: Made = { history: [], diffIDs: [], layers: [] };
  for (const { createdBy, seconds, change, configure } of sample.steps) {
    if (signal?.aborted) throw new PhylloError('cancelled', `make sample ${sample.name}: cancelled`);
    await setImmediate();
    tree.nowSeconds += seconds;
    change?.(tree, context);
    configure?.(config);
    made.history.push(historyEntry(createdBy, tree.nowSeconds, change === undefined));
    if (change !== undefined) await addLayer(tree.takeLayer(), made);
  }
  return { image: describe(config, tree.nowSeconds, made), layers: made.layers };
}

function historyEntry(createdBy: string, atSeconds: number, isEmpty: boolean): object {
  const entry = { created: timestamp(atSeconds), created_by: createdBy, comment: 'buildkit.dockerfile.v0' };
  return isEmpty ? { ...entry, empty_layer: true } : entry;
}

async function addLayer(members: readonly TarMember[], { diffIDs, layers }: Made): Promise<void> {
  const tar = await readAll(writeTar(members), MAX_LAYER_BYTES, 'sample layer');
  const data = await readAll(compressed(Readable.from([tar]), 'gzip'), MAX_LAYER_BYTES, 'sample layer');
  diffIDs.push(digestOf(tar));
  layers.push({ descriptor: describeData(mediaTypes.ociLayerGzip, data), data });
}

function describe(
  config: SampleConfig,
  createdSeconds: number,
  { history, diffIDs, layers }: Made,
): ResolvedImage {
  const configData = json({
    architecture: 'amd64',
    config,
    created: timestamp(createdSeconds),
    history,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIDs },
  });
  return makeImage(
    configData,
    layers.map(({ descriptor }) => descriptor),
  );
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
