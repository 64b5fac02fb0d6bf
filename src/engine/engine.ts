// What runs containers. One contract suite (test/engine/contract.ts) holds for every engine.
import type { Readable } from 'node:stream';
import type { ReportProgress } from '../lib/progress.ts';
import type { BlobLocation, ResolvedImage } from '../oci/image.ts';
import type { LiveLayer } from '../snapshot/live-layer.ts';
import type { FileContent } from '../tree/content.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { Container, ContainerConfig, ContainerId, EngineName, ProcessSpec } from './container.ts';
import type { Io, Session } from './io.ts';

export interface EngineOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

/** The image of a new container, with all that an engine may need of it. */
export interface RunImage {
  readonly image: ResolvedImage;
  /** Layers merged, each verified. */
  stack(): Promise<StackIndex>;
  /** The same for an engine that verifies each layer when it reads it: sooner there, for headers alone may have been read. */
  outline(): Promise<StackIndex>;
  /** Where the layer's blob lies; whoever unpacks it checks its diffID. */
  locateLayer(index: number): Promise<BlobLocation>;
  /** Content of the file that `layer`'s tree has at `node`. */
  content(layer: number, node: number): Promise<FileContent>;
  /** The image as a docker-archive, for engines with an image store of their own. */
  archive(signal?: AbortSignal): Readable;
}

/** All of a container's configuration but what the engine itself decides. */
export type ContainerSpec = Omit<ContainerConfig, 'id' | 'engine' | 'created' | 'hostname'> & {
  /** Default: one is made up. */
  readonly name?: string;
  /** Default: the first 12 digits of the ID. */
  readonly hostname?: string;
  readonly source: RunImage;
};

export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly data: Uint8Array;
}

export interface LogOptions {
  readonly follow?: boolean;
  /** Entries from then on, milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** The last so many lines. */
  readonly tail?: number;
  readonly signal?: AbortSignal;
}

export interface PathStat {
  readonly type: 'file' | 'dir' | 'symlink' | 'other';
  readonly sizeBytes: number;
  readonly mode: number;
  /** Where the links on the way lead to, raw bytes, absolute. */
  readonly path: Uint8Array;
}

export interface LayerOptions {
  /** Paths (raw, no leading slash) that are left out, with all below. */
  readonly exclude?: readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

export interface Engine {
  readonly name: EngineName;

  /** Throws `already-exists` for a name in use, `invalid-argument`, `unsupported`. Leaves nothing behind when it fails. */
  create(spec: ContainerSpec, options?: EngineOptions): Promise<ContainerId>;
  /** A container is about to be made and started: an engine that can begins with what takes time. */
  expectStart?(what: 'container' | 'step'): void;
  /**
   * Runs it. Throws `not-found` with `data.exitCode` 127 when its program is not there, `invalid-argument` with 126
   * when it cannot be run, `already-exists` when it runs already; the container is then `created` or `exited`, with `error` set.
   */
  start(id: ContainerId): Promise<void>;
  /** The same, tied to somebody from the first byte on. */
  startAttached(id: ContainerId, io: Io): Promise<Session>;
  /** Throws `invalid-argument` when it does not run. */
  attach(id: ContainerId, io: Io): Promise<Session>;
  /** One more process in a running container. Without `io` nobody is tied to it. Program not there: as `start`. */
  exec(id: ContainerId, process: ProcessSpec, io?: Io): Promise<Session>;
  /** Its exit code, at once for one that has ended; `removed` waits until it is gone, too. */
  wait(id: ContainerId, options?: { removed?: boolean; signal?: AbortSignal }): Promise<number>;
  kill(id: ContainerId, signal: string): Promise<void>;
  /** Its stop signal, then after the timeout SIGKILL. Nothing happens to one that does not run. */
  stop(id: ContainerId, options?: { signal?: string; timeoutSeconds?: number }): Promise<void>;
  rename(id: ContainerId, name: string): Promise<void>;
  /** A running one only with `force`. `volumes` removes those that belong to it alone. */
  remove(id: ContainerId, options?: { force?: boolean; volumes?: boolean }): Promise<void>;

  /** All of them, newest first; what they tell is true after a crash of anything as well. */
  list(): Promise<Container[]>;
  logs(id: ContainerId, options?: LogOptions): AsyncIterable<LogEntry>;

  /** The R/W layer as it is now, and again soon (300 ms) after it changed, until the signal or the container's removal. */
  changes(id: ContainerId, options?: { follow?: boolean; signal?: AbortSignal }): AsyncIterable<LiveLayer>;
  /** The R/W layer as an OCI layer tar, uncompressed. */
  layer(id: ContainerId, options?: LayerOptions): Readable;
  /** The whole file system as a tar. */
  export(id: ContainerId, signal?: AbortSignal): Readable;
  /** Bytes of a file of the R/W layer, `node` of a tree that `changes` gave. */
  content(id: ContainerId, live: LiveLayer, node: number): Promise<FileContent>;

  /** Of what a path inside means, links followed but for the last component unless `follow`. Throws `not-found`. */
  stat(id: ContainerId, path: Uint8Array, options?: { follow?: boolean }): Promise<PathStat>;
  /** A file or directory as a tar whose top entry has the path's last name, as `docker cp` has it. */
  getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable>;
  /** Unpacks a tar into a directory that is there. `owners` keeps the tar's users and groups. */
  putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    options?: { owners?: boolean; signal?: AbortSignal },
  ): Promise<void>;

  /** Bytes for which it is to blame on this machine, records aside: the R/W layer. */
  diskUsage(id: ContainerId): Promise<number>;
  close(): Promise<void>;
}

/** An optional ability: what can be done for a start before the container is there is begun. */
export interface StartsAhead {
  expectStart(what: 'container' | 'step'): void;
}

export function startsAhead(engine: Engine): engine is Engine & StartsAhead {
  return 'expectStart' in engine;
}

/** A container that was run for the layer that it makes. */
export interface OneRun {
  readonly id: ContainerId;
  readonly exitCode: number;
  /** Its R/W layer, as `Engine.layer`. */
  layer(options?: LayerOptions): Readable;
  /** It goes. */
  letGo(): Promise<void>;
}

/** An optional ability: running a container and taking its layer costs no more than running it. */
export interface RunsOnce {
  /** From create to the end of the process; throws what these throw, `cancelled` when the signal fired. */
  runOnce(spec: ContainerSpec, io: Io, options: OnceOptions): Promise<OneRun>;
}

export interface OnceOptions extends EngineOptions {
  /** The process runs: its changes can be watched. */
  readonly onStart?: (id: ContainerId) => void;
}

export function runsOnce(engine: Engine): engine is Engine & RunsOnce {
  return 'runOnce' in engine;
}

/** How much there is of something, and how much of that nothing needs. */
export interface Kept {
  readonly count: number;
  readonly sizeBytes: number;
  readonly unneededBytes: number;
}

/** An optional ability: copies of images' layers that are kept from container to container. */
export interface KeepsLayers {
  keptLayers(): Promise<Kept>;
  /** Removes those that no container needs; how many bytes that were. Throws `locked` while containers are made. */
  pruneLayers(): Promise<number>;
}

export function keepsLayers(engine: Engine): engine is Engine & KeepsLayers {
  return 'keptLayers' in engine;
}

/** Whether an engine works on this machine, for `phyllo info` and for `auto`. */
export interface EngineStatus {
  readonly name: EngineName;
  readonly works: boolean;
  /** One line: what it is here, or why it is not; safe to show. */
  readonly summary: string;
  /** Abilities that are missing, one line each with what would bring them; safe to show. */
  readonly missing: readonly string[];
}
