// Images from registries into the store: a few layers at a time, each fetched by one process only, gone on with where an
// earlier try ended, checked and indexed before a name points to the image.
import { tmpdir } from 'node:os';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Manifest } from '../oci/manifest.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import {
  type Reference,
  familiarReference,
  formatReference,
  parseReference,
  withDefaultTag,
} from '../oci/reference.ts';
import type { ImageStore } from '../store/store.ts';
import { Gate, allThrough } from '../transport/gate.ts';
import type { LayerEvent, LayerStatus, ReportLayer } from '../transport/layer-event.ts';
import { LAYERS_AT_A_TIME, RegistrySource } from '../transport/registry-source.ts';
import type { Catalogue, FoundEntry } from './catalogue.ts';
import type { LayerIndexer } from './layer-indexer.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { PullOptions, PulledImage, RegistryService, TransferLayer } from './registry-services.ts';
import { VerifiedSink } from './verified-sink.ts';

export interface PullParts {
  readonly store: ImageStore;
  readonly indexer: LayerIndexer;
  readonly access: RegistryAccess;
}

const TELL_EVERY_MS = 100;

/**
 * The image of the store that `text` names; when there is none it is pulled first. `policy` is docker's `--pull`. Throws what
 * the catalogue throws, and what pulling does.
 */
export async function ensureImage(
  { catalogue, registry }: { catalogue: Catalogue; registry: Pick<RegistryService, 'pull'> },
  text: string,
  { policy = 'missing', ...options }: PullOptions & { policy?: 'missing' | 'always' | 'never' } = {},
): Promise<FoundEntry> {
  const found = policy === 'always' ? undefined : await findStored(catalogue, text, policy === 'never');
  if (found) return found;
  await registry.pull(text, options).catch((error: unknown) => {
    throw isPhylloError(error, 'cancelled') ? error : notFoundAnywhere(text, error);
  });
  return catalogue.find(text);
}

/** What people mistype is not in the registry either: both is told, first what they asked for. */
function notFoundAnywhere(text: string, error: unknown): PhylloError {
  const { code, message, hint, data } = toPhylloError(error, 'pull image');
  return new PhylloError(
    code === 'network' ? 'not-found' : code,
    `find image ${safeText(JSON.stringify(text))}: no such image here; ${message}`,
    { ...(hint !== undefined && { hint }), cause: error, data },
  );
}

/** For work that knows progress in bytes alone. */
export function layerProgress(onProgress: ReportProgress | undefined): ReportLayer {
  return ({ layer, doneBytes, totalBytes }) => {
    if (doneBytes === undefined || totalBytes === undefined) return;
    onProgress?.({ item: shortDigest(layer), doneBytes, totalBytes });
  };
}

/** What can be no name of a registry is not asked for there. */
async function findStored(
  catalogue: Catalogue,
  text: string,
  isLast: boolean,
): Promise<FoundEntry | undefined> {
  try {
    return await catalogue.find(text);
  } catch (error) {
    if (isLast || !isPhylloError(error, 'not-found') || !isPullable(text)) throw error;
    return undefined;
  }
}

function isPullable(text: string): boolean {
  try {
    parseReference(text);
    return !text.startsWith('sha256:');
  } catch {
    return false;
  }
}

/** One name. */
export async function pullImage(
  parts: PullParts,
  wanted: Reference,
  options: PullOptions = {},
): Promise<PulledImage> {
  const { store, indexer, access } = parts;
  const { signal, platform } = options;
  const reference = pulledName(wanted);
  options.onName?.(formatReference(reference), reference.repository);
  const source = new RegistrySource(access.client(options), reference, {
    temporaryDirectory: tmpdir(),
    signal,
  });
  const sink = await VerifiedSink.open(store, indexer, 'pull', signal);
  try {
    await store.dropOldDownloads();
    const { digest } = await source.target();
    const image = await source.resolve(undefined, platform);
    const before = await storedDigest(store, reference);
    await new LayerPull(parts, source, image, options).run();
    await sink.putImage(image, [reference]);
    if (signal?.aborted) throw new PhylloError('cancelled', 'pull image: cancelled');
    await sink.finish();
    const name = familiarReference(reference);
    const wasCurrent = before === image.descriptor.digest;
    return { reference: formatReference(reference), name, id: image.id, digest, wasCurrent };
  } finally {
    await source.close();
    await sink.close();
  }
}

/** With a digest the tag says nothing: docker leaves it out too. */
function pulledName(wanted: Reference): Reference {
  const { host, repository, digest } = wanted;
  return digest === undefined ? withDefaultTag(wanted) : { host, repository, digest };
}

async function storedDigest(store: ImageStore, reference: Reference): Promise<Digest | undefined> {
  const name = formatReference(reference);
  return (await store.images()).find(({ references }) => references.includes(name))?.descriptor.digest;
}

/** Each blob once. */
export function transferLayers({ layers }: Manifest): TransferLayer[] {
  const blobs = new Map(layers.map(({ digest, size }) => [digest, size]));
  return Array.from(blobs, ([digest, sizeBytes]) => ({ digest, sizeBytes }));
}

class LayerPull {
  private readonly parts: PullParts;
  private readonly source: RegistrySource;
  private readonly image: ResolvedImage;
  private readonly options: PullOptions;

  constructor(parts: PullParts, source: RegistrySource, image: ResolvedImage, options: PullOptions) {
    this.parts = parts;
    this.source = source;
    this.image = image;
    this.options = options;
  }

  async run(): Promise<void> {
    const { manifest, config } = this.image;
    const layers = new Map(manifest.layers.map((layer, index) => [layer.digest, { layer, index }]));
    this.options.onLayers?.(transferLayers(manifest));
    // The largest first: it must not be what all wait for. What is being checked keeps nothing from being fetched.
    const order = [...layers.values()].sort((a, b) => b.layer.size - a.layer.size);
    const downloads = new Gate(LAYERS_AT_A_TIME);
    await allThrough(
      order.length,
      order,
      async ({ layer, index }, signal) => {
        const isNew = await downloads.run(() => this.fetch(layer, signal));
        if (isNew) this.tell(layer, 'Extracting');
        const place = { descriptor: layer, diffID: config.diffIDs[index]!, isStored: true };
        await this.parts.indexer.verify(this.parts.store, place, { signal });
        if (isNew) this.tell(layer, 'Pull complete');
      },
      this.options.signal,
    );
  }

  /** False when the store had it, or another process brought it meanwhile. */
  private async fetch(layer: Descriptor, signal: AbortSignal): Promise<boolean> {
    const { store } = this.parts;
    if (signal.aborted) throw new PhylloError('cancelled', 'pull image: cancelled');
    if (await this.isThere(layer)) return false;
    this.tell(layer, 'Pulling fs layer');
    const lock = await store.lockDigest(layer.digest, {
      signal,
      onWait: (holder) => this.tell(layer, 'Waiting', { detail: `being fetched by ${holder}` }),
    });
    try {
      if (await this.isThere(layer)) return false;
      await store.putResumable({
        expected: layer,
        signal,
        open: (offset) => this.bytes(layer, offset, signal),
      });
      this.tell(layer, 'Download complete');
      return true;
    } finally {
      await lock.release();
    }
  }

  private async isThere(layer: Descriptor): Promise<boolean> {
    if (!(await this.parts.store.keep(layer))) return false;
    this.tell(layer, 'Already exists');
    return true;
  }

  private async *bytes(layer: Descriptor, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const input = await this.source.openUnverified(layer, offset, signal);
    let doneBytes = offset;
    let toldMs = 0;
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      yield chunk;
      doneBytes += chunk.length;
      if (performance.now() - toldMs < TELL_EVERY_MS) continue;
      toldMs = performance.now();
      this.tell(layer, 'Downloading', { doneBytes, totalBytes: layer.size });
    }
  }

  private tell(layer: Descriptor, status: LayerStatus, more: Partial<LayerEvent> = {}): void {
    this.options.onLayer?.({ layer: layer.digest, status, ...more });
  }
}
