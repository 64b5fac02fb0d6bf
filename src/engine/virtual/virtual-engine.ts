// The virtual engine: containers that are simulated. A program of ours holds each running one (host.ts) and outlives whoever
// started it; what does not change a container is read from its directory.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { InflatedLayers } from '../../layer/seek.ts';
import { PhylloError } from '../../lib/errors.ts';
import { Locker } from '../../lib/lock.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import type { FileContent } from '../../tree/content.ts';
import type { Container, ContainerConfig, ContainerId, ProcessSpec } from '../container.ts';
import type {
  ContainerSpec,
  Engine,
  EngineOptions,
  LayerOptions,
  LogEntry,
  LogOptions,
  PathStat,
} from '../engine.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { FrameConnection } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { Io, Session } from '../io.ts';
import { LOG_FILE } from '../log-file.ts';
import { readLog } from '../log-reader.ts';
import { ContainerEnd } from './container-end.ts';
import { lowerPath, upperPath } from './container-files.ts';
import { EngineFiles } from './engine-files.ts';
import { checkSpec } from './engine-spec.ts';
import { answered, ask, sessionOver, startHost } from './host-client.ts';
import { JournalWriter } from './journal.ts';
import { saveLower } from './lower.ts';
import { TrueRecords, shown } from './true-records.ts';

export { virtualStatus } from './virtual-status.ts';

const MAX_INFLATED_BYTES = 8 * 1024 ** 3;
const ID_BYTES = 32;

export interface VirtualEngineOptions {
  /** Where records are, and where inflated layers are kept: `containers` and `inflated` of one store. */
  readonly containers: string;
  readonly inflated: string;
}

export class VirtualEngine implements Engine {
  readonly name = 'virtual';
  private readonly records: TrueRecords;
  private readonly files: EngineFiles;
  private readonly end: ContainerEnd;

  constructor(options: VirtualEngineOptions) {
    const locker = new Locker();
    this.records = new TrueRecords(options.containers, locker);
    const inflated = new InflatedLayers(options.inflated, MAX_INFLATED_BYTES);
    this.files = new EngineFiles(this.records, locker, inflated);
    this.end = new ContainerEnd(this.records);
  }

  async create(
    { source, name, hostname, ...spec }: ContainerSpec,
    options: EngineOptions = {},
  ): Promise<ContainerId> {
    checkSpec(spec);
    const stack = await source.stack();
    options.signal?.throwIfAborted();
    const id = randomBytes(ID_BYTES).toString('hex');
    const config: ContainerConfig = {
      ...spec,
      id,
      engine: 'virtual',
      created: new Date().toISOString(),
      hostname: hostname ?? shown(id),
    };
    await this.records.records.create(config, name, async (directory) => {
      await saveLower(lowerPath(directory), {
        stack,
        diffIDs: spec.image.diffIDs,
        locateLayer: (index) => source.locateLayer(index),
      });
      await mkdir(upperPath(directory), { mode: 0o700 });
      (await JournalWriter.start(upperPath(directory), [])).close();
    });
    return id;
  }

  async start(id: ContainerId): Promise<void> {
    const { connection } = await this.begin(id);
    connection.destroy();
  }

  async startAttached(id: ContainerId, io: Io): Promise<Session> {
    const { connection, frames } = await this.begin(id, io);
    return sessionOver(connection, frames, io, EXIT_CODES.killed);
  }

  private async begin(
    id: ContainerId,
    io?: Io,
  ): Promise<{ connection: FrameConnection; frames: AsyncGenerator<Frame> }> {
    const container = await this.records.get(id);
    if (container.status === 'running') {
      throw new PhylloError('already-exists', `start container ${shown(id)}: it is running`);
    }
    if (container.status === 'dead') {
      throw new PhylloError('invalid-argument', `start container ${shown(id)}: it can only be removed`);
    }
    const connection = await startHost(this.records.pathOf(id));
    await connection.sendJson({ do: 'start', tied: io !== undefined, size: io?.size });
    const frames = connection.frames();
    await answered(connection, frames);
    return { connection, frames };
  }

  async attach(id: ContainerId, io: Io): Promise<Session> {
    await this.records.needRunning(id);
    const connection = await ask(this.records.pathOf(id), { do: 'attach', size: io.size });
    return sessionOver(connection, connection.frames(), io, EXIT_CODES.killed);
  }

  async exec(id: ContainerId, process: ProcessSpec, io?: Io): Promise<Session> {
    await this.records.needRunning(id);
    const connection = await ask(this.records.pathOf(id), {
      do: 'exec',
      process,
      tied: io !== undefined,
      size: io?.size,
    });
    const frames = connection.frames();
    await answered(connection, frames);
    return sessionOver(connection, frames, io, EXIT_CODES.killed);
  }

  wait(id: ContainerId, options?: { removed?: boolean; signal?: AbortSignal }): Promise<number> {
    return this.end.wait(id, options);
  }

  kill(id: ContainerId, signal: string): Promise<void> {
    return this.end.kill(id, signal);
  }

  stop(id: ContainerId, options?: { signal?: string; timeoutSeconds?: number }): Promise<void> {
    return this.end.stop(id, options);
  }

  async rename(id: ContainerId, name: string): Promise<void> {
    await this.records.records.rename(id, name);
  }

  async remove(id: ContainerId, options: { force?: boolean } = {}): Promise<void> {
    const container = await this.records.get(id);
    if (container.status === 'running') {
      if (options.force !== true) {
        throw new PhylloError('invalid-argument', `remove container ${shown(id)}: it is running`, {
          hint: 'Stop it first, or use --force.',
        });
      }
      await this.stop(id, { signal: 'SIGKILL' });
      if (container.autoRemove) {
        await this.wait(id, { removed: true }).catch(() => undefined);
        return;
      }
    }
    await this.records.records.remove(id);
  }

  list(): Promise<Container[]> {
    return this.records.list();
  }

  async *logs(id: ContainerId, options: LogOptions = {}): AsyncIterable<LogEntry> {
    const { status } = await this.records.get(id);
    // Waiting keeps a connection open, which would keep up whoever has read enough.
    const enough = new AbortController();
    const ended =
      status === 'running' && options.follow === true
        ? this.wait(id, { signal: enough.signal })
        : Promise.resolve();
    try {
      yield* readLog(join(this.records.pathOf(id), LOG_FILE), {
        ...options,
        ended: ended.then(ignore, ignore),
      });
    } finally {
      enough.abort();
    }
  }

  changes(id: ContainerId, options?: { follow?: boolean; signal?: AbortSignal }): AsyncIterable<LiveLayer> {
    return this.files.changes(id, options);
  }

  layer(id: ContainerId, options?: LayerOptions): Readable {
    return this.files.layer(id, options);
  }

  export(id: ContainerId, signal?: AbortSignal): Readable {
    return this.files.export(id, signal);
  }

  content(id: ContainerId, live: LiveLayer, node: number): Promise<FileContent> {
    return this.files.content(id, live, node);
  }

  stat(id: ContainerId, path: Uint8Array, options?: { follow?: boolean }): Promise<PathStat> {
    return this.files.stat(id, path, options);
  }

  getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    return this.files.getArchive(id, path, signal);
  }

  putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    options?: { owners?: boolean; signal?: AbortSignal },
  ): Promise<void> {
    return this.files.putArchive(id, directory, tar, options);
  }

  diskUsage(id: ContainerId): Promise<number> {
    return this.files.diskUsage(id);
  }

  /** Containers go on running: others hold them. */
  async close(): Promise<void> {}
}

function ignore(): void {}
