// Containers of every engine: made, found, run, watched, committed.
import type { Readable } from 'node:stream';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import type { Container, ContainerId } from '../engine/container.ts';
import {
  type Engine,
  type Kept,
  type LogEntry,
  type LogOptions,
  type PathStat,
  keepsLayers,
} from '../engine/engine.ts';
import { findContainer } from '../engine/find-container.ts';
import type { ProtectedPath } from '../engine/mount-spec.ts';
import { execSpec } from '../engine/process-spec.ts';
import { watchChanges } from '../engine/record-watch.ts';
import type { Io, Session } from '../engine/io.ts';
import type { Digest } from '../oci/digest.ts';
import { layerDescriptor } from '../oci/make-image.ts';
import { parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore } from '../store/store.ts';
import type { StoreSource } from '../transport/store-source.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import { resolveBinds } from './bind-sources.ts';
import type { Catalogue } from './catalogue.ts';
import { committedImage } from './commit.ts';
import type {
  CommitRequest,
  ContainersService,
  ExecRequest,
  ExploredContainer,
  PrunedContainers,
  RunRequest,
} from './container-services.ts';
import { containerSpec } from './container-spec.ts';
import type { EngineSet } from './engine-set.ts';
import { ensureImage, layerProgress } from './pull.ts';
import type { RegistryService } from './registry-services.ts';
import type { Explore } from './explore.ts';
import { LiveContainer } from './explored-container.ts';
import { StoredRunImage } from './run-image.ts';
import type { LayerIndexer } from './layer-indexer.ts';
import type { WorkOptions } from './services.ts';
import { VerifiedSink } from './verified-sink.ts';

export interface ContainerParts {
  readonly store: ImageStore;
  readonly catalogue: Catalogue;
  readonly explore: Explore;
  readonly storeSource: StoreSource;
  readonly indexer: LayerIndexer;
  readonly pool: IndexPool;
  readonly engines: EngineSet;
  readonly registry: Pick<RegistryService, 'pull'>;
  /** What no container gets to see. */
  readonly protectedPaths: readonly ProtectedPath[];
}

/** Where somebody's containers are: an engine and the ID there. */
interface Place {
  readonly engine: Engine;
  readonly id: ContainerId;
}

const WHOLE_ID = /^[0-9a-f]{64}$/;

export class Containers implements ContainersService {
  private readonly parts: ContainerParts;
  /** Containers that were met by their whole ID, which no other can have. */
  private readonly places = new Map<ContainerId, Place>();

  constructor(parts: ContainerParts) {
    this.parts = parts;
  }

  async engines(): ReturnType<ContainersService['engines']> {
    const { engines } = this.parts;
    const [chosen, statuses] = await Promise.all([engines.choose(), engines.statuses()]);
    return { chosen, engines: statuses };
  }

  // ------------------------------------------------------------------ finding

  /** What an engine cannot tell of hides nothing of the others. */
  async list(): Promise<Container[]> {
    const engines = await this.parts.engines.withContainers();
    const lists = await Promise.allSettled(engines.map((engine) => engine.list()));
    const told = lists.filter((list) => list.status === 'fulfilled').map(({ value }) => value);
    if (told.length === 0 && lists.length > 0) throw (lists[0] as PromiseRejectedResult).reason;
    return told.flat().sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
  }

  async get(container: string): Promise<Container> {
    return findContainer(await this.list(), container);
  }

  private async place(container: string): Promise<Place> {
    const known = WHOLE_ID.test(container) ? this.places.get(container) : undefined;
    if (known) return known;
    const { id, engine: name } = await this.get(container);
    const place = { id, engine: await this.parts.engines.get(name) };
    this.places.set(id, place);
    return place;
  }

  // ------------------------------------------------------------------- making

  async create(request: RunRequest, options: WorkOptions = {}): Promise<ContainerId> {
    const { store, catalogue, explore, storeSource, engines, registry } = this.parts;
    const engine = await engines.forNew(request.engine);
    // Until the record names the image nothing else keeps its blobs.
    const hold = await store.hold('create container', options.signal);
    try {
      const { image } = await ensureImage({ catalogue, registry }, request.image, {
        policy: request.pull ?? 'missing',
        ...(options.signal && { signal: options.signal }),
        onLayer: layerProgress(options.onProgress),
      });
      const source = new StoredRunImage(image, {
        explore: () => explore.openImage(image, request.image),
        locate: (index) => store.locate(image.manifest.layers[index]!),
        source: storeSource,
      });
      try {
        const mounts = await resolveBinds(request.mounts ?? [], this.parts.protectedPaths);
        const id = await engine.create(containerSpec({ ...request, mounts }, source), options);
        this.places.set(id, { engine, id });
        return id;
      } finally {
        await source.close();
      }
    } finally {
      await hold.release();
    }
  }

  // ------------------------------------------------------------------ running

  async start(container: string): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.start(id);
  }

  async startAttached(container: string, io: Io): Promise<Session> {
    const { engine, id } = await this.place(container);
    return engine.startAttached(id, io);
  }

  async attach(container: string, io: Io): Promise<Session> {
    const { engine, id } = await this.place(container);
    return engine.attach(id, io);
  }

  async exec(container: string, request: ExecRequest, io?: Io): Promise<Session> {
    const { engine, id } = await this.place(container);
    return engine.exec(id, execSpec(await this.get(id), request), io);
  }

  async wait(container: string, options?: { removed?: boolean; signal?: AbortSignal }): Promise<number> {
    const { engine, id } = await this.place(container);
    return engine.wait(id, options);
  }

  async kill(container: string, signal: string): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.kill(id, signal);
  }

  async stop(container: string, options?: { signal?: string; timeoutSeconds?: number }): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.stop(id, options);
  }

  async rename(container: string, name: string): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.rename(id, name);
  }

  async remove(container: string, options?: { force?: boolean; volumes?: boolean }): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.remove(id, options);
    this.places.delete(id);
  }

  async logs(container: string, options?: LogOptions): Promise<AsyncIterable<LogEntry>> {
    const { engine, id } = await this.place(container);
    return engine.logs(id, options);
  }

  async diskUsage(container: string): Promise<number> {
    const { engine, id } = await this.place(container);
    return engine.diskUsage(id);
  }

  async prune(): Promise<PrunedContainers> {
    const deleted: ContainerId[] = [];
    let freedBytes = 0;
    for (const { id, status, engine: name } of await this.list()) {
      if (status === 'running' || name === 'docker') continue;
      const { engine } = await this.place(id);
      const bytes = await engine.diskUsage(id).catch(() => 0);
      try {
        await engine.remove(id, { volumes: true });
      } catch (error) {
        // Started, or removed, by somebody else meanwhile.
        if (isPhylloError(error, 'invalid-argument') || isPhylloError(error, 'not-found')) continue;
        throw error;
      }
      deleted.push(id);
      freedBytes += bytes;
    }
    return { deleted, freedBytes };
  }

  async keptLayers(): Promise<Kept> {
    const kept = { count: 0, sizeBytes: 0, unneededBytes: 0 };
    for (const engine of await this.parts.engines.withContainers()) {
      if (!keepsLayers(engine)) continue;
      const { count, sizeBytes, unneededBytes } = await engine.keptLayers();
      kept.count += count;
      kept.sizeBytes += sizeBytes;
      kept.unneededBytes += unneededBytes;
    }
    return kept;
  }

  async pruneLayers(): Promise<number> {
    let freedBytes = 0;
    for (const engine of await this.parts.engines.withContainers()) {
      if (keepsLayers(engine)) freedBytes += await engine.pruneLayers();
    }
    return freedBytes;
  }

  watch(onChange: () => void): () => void {
    return watchChanges(this.parts.store.paths.containers, onChange);
  }

  // -------------------------------------------------------------------- files

  async open(container: string): Promise<ExploredContainer> {
    const { engine, id } = await this.place(container);
    const known = await this.get(id);
    const image = await this.parts.explore.openStored(known.image.digest, known.image.name);
    return new LiveContainer(known, image, engine, this.parts.pool);
  }

  async export(container: string, signal?: AbortSignal): Promise<Readable> {
    const { engine, id } = await this.place(container);
    return engine.export(id, signal);
  }

  async stat(container: string, path: Uint8Array, options?: { follow?: boolean }): Promise<PathStat> {
    const { engine, id } = await this.place(container);
    return engine.stat(id, path, options);
  }

  async getArchive(container: string, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    const { engine, id } = await this.place(container);
    return engine.getArchive(id, path, signal);
  }

  async putArchive(
    container: string,
    directory: Uint8Array,
    tar: Readable,
    options?: { owners?: boolean; signal?: AbortSignal },
  ): Promise<void> {
    const { engine, id } = await this.place(container);
    await engine.putArchive(id, directory, tar, options);
  }

  async commit(container: string, request: CommitRequest, options: WorkOptions = {}): Promise<Digest> {
    const { store, indexer, explore } = this.parts;
    const name = request.name === undefined ? undefined : withDefaultTag(parseReference(request.name));
    const { engine, id } = await this.place(container);
    const known = await this.get(id);
    const sink = await VerifiedSink.open(store, indexer, 'commit', options.signal);
    try {
      const base = await explore.resolveStored(known.image.digest);
      const tar = engine.layer(id, { exclude: request.exclude, signal: options.signal });
      // What goes wrong before the store reads is told by the store, or by the one who cancelled.
      tar.on('error', ignore);
      const layer = await store.put(counted(tar, options), undefined, {
        lease: sink.lease,
        signal: options.signal,
      });
      const created = new Date().toISOString();
      const image = committedImage(base, layerDescriptor(layer), known, request, created);
      await sink.putImage(image, name === undefined ? [] : [name]);
      if (options.signal?.aborted) throw new PhylloError('cancelled', 'commit: cancelled');
      await sink.finish();
      return image.id;
    } finally {
      await sink.close();
    }
  }
}

async function* counted(
  tar: AsyncIterable<Uint8Array>,
  { onProgress }: WorkOptions,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0;
  for await (const chunk of tar) {
    doneBytes += chunk.length;
    onProgress?.({ item: 'layer', doneBytes });
    yield chunk;
  }
}

function ignore(): void {}
