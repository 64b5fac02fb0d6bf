// The virtual engine: containers that are simulated. A program of ours holds each running one (host.ts) and outlives whoever
// started it; what does not change a container is read from its directory.
import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InflatedLayers } from '../../layer/seek.ts';
import { writeTar } from '../../layer/tar-writer.ts';
import { PhylloError, isPhylloError, toPhylloError } from '../../lib/errors.ts';
import { Locker } from '../../lib/lock.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import type { FileContent } from '../../tree/content.ts';
import { NodeType } from '../../tree/layer-tree.ts';
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
import { ContainerRecords } from '../records.ts';
import { fromBytes, toBytes } from './byte-names.ts';
import { FollowedFiles, type WritableFiles, lowerPath, openWritable, upperPath } from './container-files.ts';
import { checkSpec } from './engine-spec.ts';
import { answered, ask, exitCodeFrom, isHeld, sessionOver, startHost } from './host-client.ts';
import type { Name } from './inode.ts';
import { nextChange } from './follow-changes.ts';
import { JournalWriter } from './journal.ts';
import { loadLower, saveLower } from './lower.ts';
import { ROOT, resolvePlace } from './resolve.ts';
import { archiveHeaders, exportHeaders, layerHeaders } from './tar-headers.ts';
import { unpackInto } from './unpack.ts';
import { LiveLayerMaker, tarMembers } from './upper-layer.ts';

export { virtualStatus } from './virtual-status.ts';

const POLL_MS = 50;
const MAX_INFLATED_BYTES = 8 * 1024 ** 3;
const ID_BYTES = 32;
const SHORT_ID = 12;

export interface VirtualEngineOptions {
  /** Where records are, and where inflated layers are kept: `containers` and `inflated` of one store. */
  readonly containers: string;
  readonly inflated: string;
}

export class VirtualEngine implements Engine {
  readonly name = 'virtual';
  private readonly records: ContainerRecords;
  private readonly inflated: InflatedLayers;
  private readonly locker = new Locker();
  /** Names of the nodes of layers that were told, for `content`. */
  private readonly told = new WeakMap<
    LiveLayer,
    { followed: FollowedFiles; names: ReadonlyMap<number, Name> }
  >();

  constructor(options: VirtualEngineOptions) {
    this.records = new ContainerRecords(options.containers, this.locker);
    this.inflated = new InflatedLayers(options.inflated, MAX_INFLATED_BYTES);
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
      hostname: hostname ?? id.slice(0, SHORT_ID),
    };
    await this.records.create(config, name, async (directory) => {
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
    const container = await this.get(id);
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
    await this.needRunning(id);
    const connection = await ask(this.records.pathOf(id), { do: 'attach', size: io.size });
    return sessionOver(connection, connection.frames(), io, EXIT_CODES.killed);
  }

  async exec(id: ContainerId, process: ProcessSpec, io?: Io): Promise<Session> {
    await this.needRunning(id);
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

  async wait(id: ContainerId, options: { removed?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return this.waitUntil(id, options).catch((error: unknown) => {
      throw toPhylloError(error, `wait for container ${shown(id)}`);
    });
  }

  private async waitUntil(
    id: ContainerId,
    options: { removed?: boolean; signal?: AbortSignal },
  ): Promise<number> {
    let exitCode: number | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      const container = await this.get(id).catch((error: unknown) => {
        if (exitCode !== undefined && isPhylloError(error, 'not-found')) return undefined;
        throw error;
      });
      if (container === undefined) return exitCode!;
      if (container.status === 'running') exitCode = (await this.waitForHost(id, options.signal)) ?? exitCode;
      else if (container.status !== 'created') {
        exitCode = container.exitCode ?? EXIT_CODES.killed;
        if (options.removed !== true) return exitCode;
      }
      if (exitCode !== undefined && options.removed !== true) return exitCode;
      await sleep(POLL_MS, undefined, { signal: options.signal });
    }
  }

  private async waitForHost(id: ContainerId, signal: AbortSignal | undefined): Promise<number | undefined> {
    const connection = await ask(this.records.pathOf(id), { do: 'wait' }).catch(() => undefined);
    if (connection === undefined) return undefined;
    const stop = (): void => connection.destroy();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return await exitCodeFrom(connection.frames()).catch(() => undefined);
    } finally {
      signal?.removeEventListener('abort', stop);
      connection.destroy();
    }
  }

  async kill(id: ContainerId, signal: string): Promise<void> {
    await this.needRunning(id);
    const connection = await ask(this.records.pathOf(id), { do: 'kill', signal });
    await answered(connection, connection.frames());
    connection.destroy();
  }

  async stop(id: ContainerId, options: { signal?: string; timeoutSeconds?: number } = {}): Promise<void> {
    const container = await this.get(id);
    if (container.status !== 'running') return;
    const timeoutMs = (options.timeoutSeconds ?? container.stopTimeoutSeconds) * 1000;
    const ended = this.wait(id).then(
      () => true,
      () => true,
    );
    const notRunning = (error: unknown): void => {
      if (!isPhylloError(error, 'invalid-argument')) throw error;
    };
    await this.kill(id, options.signal ?? container.stopSignal).catch(notRunning);
    const giveUp = new AbortController();
    const inTime = await Promise.race([
      ended,
      sleep(timeoutMs, false, { signal: giveUp.signal }).catch(() => false),
    ]);
    giveUp.abort();
    if (!inTime) await this.kill(id, 'SIGKILL').catch(notRunning);
    await ended;
  }

  async rename(id: ContainerId, name: string): Promise<void> {
    await this.records.rename(id, name);
  }

  async remove(id: ContainerId, options: { force?: boolean } = {}): Promise<void> {
    const container = await this.get(id);
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
    await this.records.remove(id);
  }

  async list(): Promise<Container[]> {
    const all = (await this.records.list()).filter(({ engine }) => engine === 'virtual');
    return Promise.all(all.map((container) => this.truth(container)));
  }

  /** A container whose program vanished has ended with it. */
  private async truth(container: Container): Promise<Container> {
    if (container.status !== 'running' || (await isHeld(this.records.pathOf(container.id), this.locker)))
      return container;
    try {
      const state = await this.records.updateState(container.id, (now) =>
        now.status !== 'running'
          ? now
          : {
              ...now,
              status: 'exited',
              pid: 0,
              exitCode: EXIT_CODES.killed,
              finishedAt: new Date().toISOString(),
              error: 'the program that held it was ended',
            },
      );
      return { ...container, ...state };
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return { ...container, status: 'exited', pid: 0 };
      throw error;
    }
  }

  private async get(id: ContainerId): Promise<Container> {
    return this.truth(await this.records.get(id));
  }

  private async needRunning(id: ContainerId): Promise<void> {
    const { status } = await this.get(id);
    if (status === 'running') return;
    throw new PhylloError('invalid-argument', `use container ${shown(id)}: it is not running`);
  }

  async *logs(id: ContainerId, options: LogOptions = {}): AsyncIterable<LogEntry> {
    const { status } = await this.get(id);
    const ended = status === 'running' ? this.wait(id).catch(() => undefined) : Promise.resolve();
    yield* readLog(join(this.records.pathOf(id), LOG_FILE), { ...options, ended });
  }

  async *changes(
    id: ContainerId,
    options: { follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncIterable<LiveLayer> {
    const followed = await this.follow(id);
    const maker = new LiveLayerMaker();
    try {
      for (let isNew = true; ; isNew = await nextChange(this.records.pathOf(id), followed, options.signal)) {
        if (!isNew) return;
        const live = await maker.make(followed);
        this.told.set(live, { followed, names: live.names });
        yield live;
        if (options.follow !== true) return;
      }
    } finally {
      await followed.close();
    }
  }

  private async follow(id: ContainerId): Promise<FollowedFiles> {
    await this.records.get(id);
    return FollowedFiles.open(this.records.pathOf(id), this.inflated);
  }

  layer(id: ContainerId, options: LayerOptions = {}): Readable {
    return this.tar(id, ({ tree }) => layerHeaders(tree, options.exclude ?? []), options.signal);
  }

  export(id: ContainerId, signal?: AbortSignal): Readable {
    return this.tar(id, ({ tree }) => exportHeaders(tree), signal);
  }

  private tar(
    id: ContainerId,
    headers: (followed: FollowedFiles) => Parameters<typeof tarMembers>[1],
    signal: AbortSignal | undefined,
  ): Readable {
    const follow = (): Promise<FollowedFiles> => this.follow(id);
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      const followed = await follow();
      await followed.close();
      yield* writeTar(tarMembers(followed, headers(followed), signal));
    };
    return Readable.from(bytes(), { objectMode: false });
  }

  async content(id: ContainerId, live: LiveLayer, node: number): Promise<FileContent> {
    const told = this.told.get(live);
    const followed = told?.followed ?? (await this.follow(id));
    if (told === undefined) await followed.close();
    const name = told?.names.get(node) ?? followed.tree.at(fromBytes(live.tree.pathBytes(node)));
    if (name?.inode.type !== NodeType.file)
      throw new PhylloError('invalid-argument', 'read file: it is not a regular file');
    return followed.files.contentOf(name.inode);
  }

  async stat(id: ContainerId, path: Uint8Array, options: { follow?: boolean } = {}): Promise<PathStat> {
    const { tree, files } = await this.look(id);
    const at = fromBytes(path);
    const place = resolvePlace(tree, at, ROOT, options.follow ?? false);
    const found = files.stat(at, ROOT, options.follow ?? false);
    const parent = place.name?.parent === undefined ? '' : pathOfName(place.name.parent);
    const types: Readonly<Record<number, PathStat['type']>> = {
      [NodeType.file]: 'file',
      [NodeType.dir]: 'dir',
      [NodeType.symlink]: 'symlink',
    };
    return {
      type: types[found.type] ?? 'other',
      sizeBytes: found.sizeBytes,
      mode: found.mode,
      path: toBytes(place.name?.parent === undefined ? '/' : `${parent}/${place.last}`),
    };
  }

  private async look(id: ContainerId): Promise<FollowedFiles> {
    const followed = await this.follow(id);
    await followed.close();
    return followed;
  }

  async getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    const followed = await this.look(id);
    const headers = archiveHeaders(followed.tree, fromBytes(path));
    return Readable.from(writeTar(tarMembers(followed, headers, signal)), { objectMode: false });
  }

  async putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    options: { owners?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    const container = await this.get(id);
    const target = fromBytes(directory);
    if (container.status !== 'running') {
      return this.withWritable(container, ({ files }) => unpackInto(files, target, tar, options));
    }
    const connection = await ask(this.records.pathOf(id), {
      do: 'put',
      directory: target,
      owners: options.owners ?? false,
    });
    const sent = (async () => {
      for await (const chunk of tar) {
        options.signal?.throwIfAborted();
        await connection.send('data', chunk as Uint8Array);
      }
      await connection.send('end');
    })();
    // What the other side says is better than that it did not want more.
    const refused = await sent.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused !== undefined && options.signal?.aborted) connection.destroy();
    await answered(connection, connection.frames());
    connection.destroy();
    if (refused !== undefined) throw refused;
  }

  private async withWritable<Result>(
    { id, hostname }: Container,
    work: (opened: WritableFiles) => Promise<Result>,
  ): Promise<Result> {
    const directory = this.records.pathOf(id);
    const lock = await this.locker.acquire(join(directory, 'lock'), {
      mode: 'exclusive',
      purpose: 'write files',
      timeoutMs: 10_000,
    });
    try {
      const opened = await openWritable(
        upperPath(directory),
        await loadLower(lowerPath(directory), this.inflated),
        { hostname },
      );
      try {
        return await work(opened);
      } finally {
        await opened.close();
      }
    } finally {
      await lock.release();
    }
  }

  async diskUsage(id: ContainerId): Promise<number> {
    const { own } = await this.look(id);
    const journal = await stat(join(upperPath(this.records.pathOf(id)), 'changes.jsonl')).catch(
      () => undefined,
    );
    return (await own.usedBytes()) + (journal?.size ?? 0);
  }

  /** Containers go on running: others hold them. */
  async close(): Promise<void> {}
}

function pathOfName(name: Name): string {
  return name.parent === undefined ? '' : `${pathOfName(name.parent)}/${name.name}`;
}

function shown(id: ContainerId): string {
  return id.slice(0, SHORT_ID);
}
