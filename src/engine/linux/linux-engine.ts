// Containers on this machine's kernel: each has an agent of its own (agent.ts) that outlives us. The engine makes records,
// starts agents and talks to them; it holds nothing itself.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isPhylloError } from '../../lib/errors.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import { type Stacks, UnpackedLayers } from '../../snapshot/unpacked-layers.ts';
import type { FileContent } from '../../tree/content.ts';
import type { Container, ContainerConfig, ContainerId, ProcessSpec } from '../container.ts';
import type {
  ContainerSpec,
  Engine,
  EngineOptions,
  KeepsLayers,
  Kept,
  LayerOptions,
  LogEntry,
  LogOptions,
  OnceOptions,
  OneRun,
  PathStat,
  RunsOnce,
  StartsAhead,
} from '../engine.ts';
import type { Io, Session } from '../io.ts';
import { LOG_FILE } from '../log-file.ts';
import { readLog } from '../log-reader.ts';
import { withHostname } from '../process-spec.ts';
import { ContainerRecords } from '../records.ts';
import { signalName } from '../signal-names.ts';
import { AgentLauncher } from './client-agent.ts';
import type { LaunchedAgent } from './launch.ts';
import { exitedReply, looseSession, openSession } from './client-session.ts';
import type { Request } from './control-protocol.ts';
import type { LinuxAbilities } from './linux-abilities.ts';
import { ContainerAgents } from './linux-engine-agents.ts';
import {
  archiveOf,
  exportTar,
  layerTar,
  liveLayers,
  putArchive,
  statOf,
  upperContent,
  usageOf,
} from './linux-engine-files.ts';
import { makeFolders } from './linux-engine-folders.ts';
import { AgentLayerWorker } from './linux-engine-layers.ts';
import { ContainerRemoval } from './linux-engine-removal.ts';
import { type CleanUp, ContainerTruth } from './linux-engine-truth.ts';
import { ContainerWait, type WaitOptions } from './linux-engine-wait.ts';
import { LinuxRun } from './linux-run.ts';
import { type VolumePlaces, checkMounts } from './volumes.ts';

const ID_BYTES = 32;
const SHORT_ID_DIGITS = 12;

export class LinuxEngine implements Engine, StartsAhead, KeepsLayers, RunsOnce {
  readonly name = 'linux';
  private readonly records: ContainerRecords;
  private readonly truth: ContainerTruth;
  private readonly launcher: AgentLauncher;
  private readonly agents: ContainerAgents;
  private readonly worker: AgentLayerWorker;
  private readonly layers: UnpackedLayers;
  private readonly waits: ContainerWait;
  private readonly removal: ContainerRemoval;
  private readonly places: VolumePlaces;
  /** Once for each engine. */
  private tidying: Promise<void> | undefined;

  /** `storeRoot` is `$PHYLLO_ROOT`, absolute; `ahead` an agent that waits already. */
  constructor(storeRoot: string, abilities: LinuxAbilities, ahead?: LaunchedAgent) {
    this.records = new ContainerRecords(join(storeRoot, 'containers'));
    this.places = { storeRoot, volumes: join(storeRoot, 'volumes') };
    const cleanUp: CleanUp = (container, directory) => this.agents.cleanUp(container, directory);
    this.truth = new ContainerTruth(this.records, cleanUp);
    this.launcher = new AgentLauncher(abilities.idMap, ahead);
    this.worker = new AgentLayerWorker(this.launcher);
    const form = abilities.idMap === 'root' ? 'trusted' : 'user';
    this.layers = new UnpackedLayers(join(storeRoot, 'layers'), { form, worker: this.worker });
    this.waits = new ContainerWait(this.records, this.truth);
    const { records, truth, waits, worker, places, launcher, layers } = this;
    this.agents = new ContainerAgents({ storeRoot, abilities, records, truth, launcher, layers });
    const kill = (id: ContainerId): Promise<void> => this.killIfThere(id, 'SIGKILL');
    this.removal = new ContainerRemoval({ records, truth, waits, worker, places, cleanUp, kill });
  }

  // ------------------------------------------------------------------- life

  async create(spec: ContainerSpec, options: EngineOptions = {}): Promise<ContainerId> {
    checkMounts(this.places, spec.mounts);
    const config = configOf(spec);
    const lease = await this.layers.lease(options.signal);
    try {
      const lowers = await this.layers.ensure(
        {
          diffIDs: spec.image.diffIDs,
          stack: () => spec.source.outline(),
          locate: (index) => spec.source.locateLayer(index),
        },
        options,
      );
      await this.records.create(config, spec.name, (directory) => makeFolders(directory, lowers.at(-1)));
      this.agents.knowLayers(config.id, lowers);
      return config.id;
    } finally {
      await lease.release();
    }
  }

  /** A container is about to be started: what can be done ahead is begun. */
  expectStart(what: 'container' | 'step'): void {
    this.launcher.prepare(what === 'step' ? 'step' : 'run');
  }

  async start(id: ContainerId): Promise<void> {
    await (await this.agents.launch(id)).ask({ op: 'started' });
  }

  async startAttached(id: ContainerId, io: Io): Promise<Session> {
    const exchange = await this.agents.launch(id);
    exchange.send(tied({ op: 'attach', stdin: io.stdin !== undefined }, io));
    return openSession(exchange, io, { after: 'is-closed' });
  }

  async runOnce(spec: ContainerSpec, io: Io, options: OnceOptions): Promise<OneRun> {
    const id = await this.create({ ...spec, autoRemove: true, isStep: true }, options);
    try {
      const run = new LinuxRun(id, await this.agents.launch(id), this.records.pathOf(id));
      await run.toItsEnd(io, options);
      return run;
    } catch (error) {
      // Its agent took it away, if there was one and it got as far as to hold it.
      await this.remove(id, { force: true, volumes: true }).catch(() => undefined);
      throw error;
    }
  }

  async attach(id: ContainerId, io: Io): Promise<Session> {
    const exchange = await this.agents.connect(id, 'attach to');
    exchange.send(tied({ op: 'attach', stdin: io.stdin !== undefined }, io));
    return openSession(exchange, io);
  }

  async exec(id: ContainerId, process: ProcessSpec, io?: Io): Promise<Session> {
    const exchange = await this.agents.connect(id, 'run process in');
    const request = {
      op: 'exec',
      process,
      stdin: io?.stdin !== undefined,
      attached: io !== undefined,
    } as const;
    exchange.send(io ? tied(request, io) : request);
    if (io) return openSession(exchange, io);
    await exchange.reply();
    const ended = exchange
      .reply()
      .then((reply) => ({ kind: 'exited', exitCode: exitedReply(reply) }) as const);
    ended.catch(() => undefined);
    return looseSession(ended.finally(() => exchange.close()));
  }

  wait(id: ContainerId, options: WaitOptions = {}): Promise<number> {
    return this.waits.wait(id, options);
  }

  async kill(id: ContainerId, signal: string): Promise<void> {
    const name = signalName(signal);
    await (await this.agents.connect(id, 'kill')).ask({ op: 'kill', signal: name });
  }

  async stop(id: ContainerId, options: { signal?: string; timeoutSeconds?: number } = {}): Promise<void> {
    const container = await this.truth.get(id);
    if (container.status !== 'running') return;
    const signal = options.signal ?? container.stopSignal;
    const timeoutSeconds = options.timeoutSeconds ?? container.stopTimeoutSeconds;
    const ended = this.wait(id).then(
      () => true,
      (error: unknown) => {
        if (isPhylloError(error, 'not-found')) return true;
        throw error;
      },
    );
    ended.catch(() => undefined);
    await this.killIfThere(id, signal);
    if (await endedWithin(ended, timeoutSeconds)) return;
    await this.killIfThere(id, 'SIGKILL');
    await ended;
  }

  rename(id: ContainerId, name: string): Promise<void> {
    return this.records.rename(id, name);
  }

  remove(id: ContainerId, options: { force?: boolean; volumes?: boolean } = {}): Promise<void> {
    return this.removal.remove(id, options);
  }

  async keptLayers(): Promise<Kept> {
    const all = await this.layers.list();
    const unneeded = await this.layers.unused(await this.stacks());
    return { count: all.length, sizeBytes: sizeOf(all), unneededBytes: sizeOf(unneeded) };
  }

  async pruneLayers(): Promise<number> {
    return sizeOf(await this.layers.prune(() => this.stacks()));
  }

  /** Of all containers that run on unpacked layers. */
  private async stacks(): Promise<Stacks> {
    const all = await this.records.list();
    return all.filter(({ engine }) => engine === 'linux').map(({ image }) => image.diffIDs);
  }

  // --------------------------------------------------------------- knowledge

  /** Also has what a crash left put away, once for each engine; only `close` waits for that. */
  async list(): Promise<Container[]> {
    const containers = await this.truth.list();
    this.tidying ??= this.removal.tidyUp(containers).catch(() => undefined);
    return containers;
  }

  async *logs(id: ContainerId, options: LogOptions = {}): AsyncGenerator<LogEntry> {
    const container = await this.truth.get(id);
    const path = join(this.records.pathOf(id), LOG_FILE);
    if (!options.follow || container.status === 'exited' || container.status === 'dead') {
      yield* readLog(path, { ...options, follow: false });
      return;
    }
    const leaving = new AbortController();
    const ended = this.wait(id, { signal: leaving.signal }).catch(() => undefined);
    try {
      yield* readLog(path, { ...options, ended });
    } finally {
      leaving.abort();
    }
  }

  async *changes(
    id: ContainerId,
    options: { follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<LiveLayer> {
    const { follow, signal } = options;
    if (!follow) return yield* liveLayers(() => this.agents.reach(id), options);
    // Whoever watches the R/W layer holds it: that it was removed is seen by the record alone.
    const gone = new AbortController();
    const look = (): void => void this.records.get(id).catch(() => gone.abort());
    const unwatch = this.records.watch(look);
    try {
      yield* liveLayers(() => this.agents.reach(id), {
        follow,
        signal: signal ? AbortSignal.any([signal, gone.signal]) : gone.signal,
      });
    } finally {
      unwatch();
    }
  }

  layer(id: ContainerId, options: LayerOptions = {}): Readable {
    return layerTar(() => this.agents.reach(id), options);
  }

  export(id: ContainerId, signal?: AbortSignal): Readable {
    return exportTar(() => this.agents.reach(id), signal);
  }

  async content(id: ContainerId, live: LiveLayer, node: number): Promise<FileContent> {
    return upperContent(() => this.agents.reach(id), live.tree, node);
  }

  stat(id: ContainerId, path: Uint8Array, { follow = false }: { follow?: boolean } = {}): Promise<PathStat> {
    return statOf(() => this.agents.reach(id), path, follow);
  }

  getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    return archiveOf(() => this.agents.reach(id), path, signal);
  }

  putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    options: { owners?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    return putArchive(() => this.agents.reach(id), directory, tar, options);
  }

  diskUsage(id: ContainerId): Promise<number> {
    return usageOf(() => this.agents.reach(id));
  }

  async close(): Promise<void> {
    this.launcher.close();
    await this.tidying;
  }

  /** It may end, or its agent die, in this moment: who waits for the end is told. */
  private async killIfThere(id: ContainerId, signal: string): Promise<void> {
    await this.kill(id, signal).catch((error: unknown) => {
      const isOver = (['invalid-argument', 'not-found', 'io'] as const).some((code) =>
        isPhylloError(error, code),
      );
      if (!isOver) throw error;
    });
  }
}

function configOf({ name: _name, source: _source, ...spec }: ContainerSpec): ContainerConfig {
  const id = randomBytes(ID_BYTES).toString('hex');
  const hostname = spec.hostname ?? id.slice(0, SHORT_ID_DIGITS);
  return {
    ...spec,
    id,
    engine: 'linux',
    created: new Date().toISOString(),
    hostname,
    process: spec.isStep ? spec.process : withHostname(spec.process, hostname),
  };
}

function tied<Asked extends Request>(request: Asked, { size }: Io): Asked {
  return size === undefined ? request : { ...request, size };
}

async function endedWithin(ended: Promise<boolean>, seconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), seconds * 1000);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sizeOf(layers: readonly { readonly sizeBytes: number }[]): number {
  return layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
