// Containers on a Docker or Podman engine, here or on another machine. Everything is the engine's: nothing is kept by us.
import { Readable } from 'node:stream';
import type { DockerClient } from '../../docker/client.ts';
import { inspectImage } from '../../docker/images.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import type { FileContent } from '../../tree/content.ts';
import type { Container, ContainerId, ProcessSpec } from '../container.ts';
import type {
  ContainerSpec,
  Engine,
  EngineOptions,
  LayerOptions,
  LogEntry,
  LogOptions,
  PathStat,
} from '../engine.ts';
import type { Io, Session } from '../io.ts';
import { getArchive, putArchive } from './archives.ts';
import { checkContainerName } from '../names.ts';
import { attachTo, attachedStart } from './attach.ts';
import { ContainerChanges } from './changes.ts';
import { containerRecord } from './container-record.ts';
import { createBody } from './create-body.ts';
import { ensureImage } from './ensure-image.ts';
import { runExec } from './exec.ts';
import { followChanges } from './follow-changes.ts';
import { inParallel } from './in-parallel.ts';
import { layerTar } from './layer-tar.ts';
import {
  basePath,
  inspectContainer,
  killContainer,
  nameConflict,
  removeContainer,
  renameContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './lifecycle.ts';
import { liveContent } from './live-content.ts';
import { readLogs } from './logs.ts';
import { hasBridge } from './networks.ts';
import { statPath } from './path-stat.ts';

const QUESTIONS_AT_ONCE = 8;

export class DockerEngine implements Engine {
  readonly name = 'docker';
  private readonly client: DockerClient;
  /** Of images by ID: they never change, an image that went away is asked for again. */
  private readonly diffIDs = new Map<Digest, readonly Digest[]>();

  constructor(client: DockerClient) {
    this.client = client;
  }

  async create(spec: ContainerSpec, options: EngineOptions = {}): Promise<ContainerId> {
    if (spec.name !== undefined) checkContainerName(spec.name);
    const imageID = await ensureImage(this.client, spec, options);
    const body = createBody(spec, { imageID, hasBridge: await hasBridge(this.client, options.signal) });
    const created = await this.client
      .fields({
        method: 'POST',
        path: '/containers/create',
        query: { name: spec.name },
        json: body,
        doing: 'create container',
        signal: options.signal,
      })
      .catch(async (error: unknown) => {
        throw await nameConflict(this.client, spec.name, error);
      });
    return created.text('Id');
  }

  async start(id: ContainerId): Promise<void> {
    await startContainer(this.client, id);
  }

  startAttached(id: ContainerId, io: Io): Promise<Session> {
    return attachedStart(this.client, id, io);
  }

  attach(id: ContainerId, io: Io): Promise<Session> {
    return attachTo(this.client, id, io);
  }

  exec(id: ContainerId, process: ProcessSpec, io?: Io): Promise<Session> {
    return runExec(this.client, basePath(id), { process, io });
  }

  async wait(id: ContainerId, options: { removed?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return await waitForContainer(this.client, id, options);
  }

  kill(id: ContainerId, signal: string): Promise<void> {
    return killContainer(this.client, id, signal);
  }

  stop(id: ContainerId, options: { signal?: string; timeoutSeconds?: number } = {}): Promise<void> {
    return stopContainer(this.client, id, options);
  }

  rename(id: ContainerId, name: string): Promise<void> {
    return renameContainer(this.client, id, name);
  }

  remove(id: ContainerId, options: { force?: boolean; volumes?: boolean } = {}): Promise<void> {
    return removeContainer(this.client, id, options);
  }

  async list(): Promise<Container[]> {
    const found = await this.client.list({
      path: '/containers/json',
      query: { all: 1 },
      doing: 'list containers',
    });
    const records = await inParallel(found, QUESTIONS_AT_ONCE, (one) => this.record(one.text('Id')));
    const present = records.filter((record) => record !== undefined);
    return present.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
  }

  async *logs(id: ContainerId, options: LogOptions = {}): AsyncGenerator<LogEntry> {
    const inspected = await inspectContainer(this.client, id, options.signal);
    const tty = inspected.fields('Config').flag('Tty');
    yield* readLogs({ ...options, client: this.client, path: basePath(id), tty });
  }

  async *changes(
    id: ContainerId,
    { follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<LiveLayer> {
    const source = { client: this.client, base: basePath(id) };
    if (follow) return yield* followChanges(source, signal);
    const live = await new ContainerChanges(source).next(signal);
    if (live !== undefined) yield live;
  }

  layer(id: ContainerId, options: LayerOptions = {}): Readable {
    return Readable.from(layerTar(this.client, id, options), { objectMode: false });
  }

  export(id: ContainerId, signal?: AbortSignal): Readable {
    return Readable.from(this.exported(id, signal), { objectMode: false });
  }

  async content(id: ContainerId, { tree }: LiveLayer, node: number): Promise<FileContent> {
    return liveContent({ client: this.client, base: basePath(id), tree, node });
  }

  stat(id: ContainerId, path: Uint8Array, options: { follow?: boolean } = {}): Promise<PathStat> {
    return statPath({ client: this.client, base: basePath(id), path }, options.follow ?? false);
  }

  getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    return getArchive({ client: this.client, base: basePath(id), path, signal });
  }

  putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    { owners = false, signal }: { owners?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    const place = { client: this.client, base: basePath(id), path: directory, signal };
    return putArchive(place, { tar, owners });
  }

  async diskUsage(id: ContainerId): Promise<number> {
    const path = `${basePath(id)}/json`;
    const inspected = await this.client.fields({ path, query: { size: 1 }, doing: 'measure container' });
    return Math.max(0, inspected.integer('SizeRw'));
  }

  async close(): Promise<void> {
    this.client.close();
  }

  private async *exported(id: ContainerId, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const path = `${basePath(id)}/export`;
    yield* await this.client.stream({ path, doing: 'export container', signal, timeoutMs: 0 });
  }

  /** Undefined when it went away meanwhile, or is nothing that we understand. */
  private async record(id: string): Promise<Container | undefined> {
    try {
      const inspected = await inspectContainer(this.client, id);
      const { isPodman } = await this.client.facts();
      const container = containerRecord(inspected, { diffIDs: [], isPodman });
      const diffIDs = await this.diffIDsOf(container.image.id);
      return { ...container, image: { ...container.image, diffIDs } };
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return undefined;
      if (error instanceof PhylloError && error.data['status'] === 500) return undefined;
      throw error;
    }
  }

  private async diffIDsOf(imageID: Digest): Promise<readonly Digest[]> {
    const known = this.diffIDs.get(imageID);
    if (known !== undefined) return known;
    const image = await inspectImage(this.client, imageID);
    if (image === undefined) return [];
    this.diffIDs.set(imageID, image.diffIDs);
    return image.diffIDs;
  }
}
