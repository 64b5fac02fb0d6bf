// What the faces may ask for about containers. Types only.
import type { Readable } from 'node:stream';
import type {
  Container,
  ContainerId,
  EngineName,
  Mount,
  NetworkMode,
  PortPublication,
} from '../engine/container.ts';
import type { EngineStatus, Kept, LogEntry, LogOptions, PathStat } from '../engine/engine.ts';
import type { Io, Session } from '../engine/io.ts';
import type { LiveChange, LiveEvent, LiveTotals } from '../snapshot/live-change.ts';
import type { LiveLayer } from '../snapshot/live-layer.ts';
import type { Digest } from '../oci/digest.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { ExploredImage, WorkOptions } from './services.ts';

/** What a container is asked for with; what is left out comes from the image. */
export interface RunRequest {
  /** A name or ID of the store; a name that is not there is pulled. */
  readonly image: string;
  /** docker's `--pull`; default `missing`. */
  readonly pull?: 'missing' | 'always' | 'never';
  /** Default: PHYLLO_ENGINE, else the best that works. */
  readonly engine?: EngineName;
  readonly name?: string;
  /** Empty: the image's entry point is dropped. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `NAME=value`; later ones win. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly hostname?: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
  readonly mounts?: readonly Mount[];
  readonly ports?: readonly PortPublication[];
  /** Every EXPOSEd port on a free port of the host. */
  readonly publishAll?: boolean;
  readonly network?: NetworkMode;
  readonly readOnly?: boolean;
  readonly autoRemove?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly stopTimeoutSeconds?: number;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
}

export interface CommitRequest {
  /** Name for the new image; none leaves it dangling. */
  readonly name?: string;
  readonly author?: string;
  readonly message?: string;
  /** Dockerfile instructions that set the configuration (CMD, ENV …). */
  readonly changes?: readonly string[];
  /** Paths to leave out, raw, no leading slash. */
  readonly exclude?: readonly Uint8Array[];
}

/** The stack of a container at one moment: the image's layers and the live one on top. */
export interface LiveStack {
  readonly stack: StackIndex;
  readonly live: LiveLayer;
  readonly changes: readonly LiveChange[];
  /** Since the moment before; empty the first time. */
  readonly events: readonly LiveEvent[];
  readonly totals: LiveTotals;
}

/**
 * A container opened for exploring: its image with one more layer, the R/W layer, on top. `rows`, `trees` and `stack`
 * have it, as layer `layers.length`: `stack` as of the moment told last, `trees` of the first; `layers` tells of the image's
 * own only.
 */
export interface ExploredContainer extends ExploredImage {
  readonly container: Container;
  /**
   * Calls back with every later moment; `onError` ends them, with `not-found` when the container was removed. Returns the
   * unsubscriber; the last one to leave ends the watching.
   */
  onLive(listener: (live: LiveStack) => void, onError: (error: unknown) => void): () => void;
  /** The moment that was told last. */
  readonly now: Promise<LiveStack>;
}

export interface PrunedContainers {
  readonly deleted: readonly ContainerId[];
  readonly freedBytes: number;
}

/** `container` is a name, an ID or the start of one everywhere. Throws `not-found`, `ambiguous`. */
export interface ContainersService {
  /** Every engine on this machine, the best first; `chosen` is what `auto` picks. */
  engines(): Promise<{ readonly chosen: EngineName | undefined; readonly engines: readonly EngineStatus[] }>;
  /** Newest first. */
  list(): Promise<Container[]>;
  get(container: string): Promise<Container>;
  create(request: RunRequest, options?: WorkOptions): Promise<ContainerId>;
  start(container: string): Promise<void>;
  startAttached(container: string, io: Io): Promise<Session>;
  attach(container: string, io: Io): Promise<Session>;
  exec(container: string, request: ExecRequest, io?: Io): Promise<Session>;
  wait(container: string, options?: { removed?: boolean; signal?: AbortSignal }): Promise<number>;
  kill(container: string, signal: string): Promise<void>;
  stop(container: string, options?: { signal?: string; timeoutSeconds?: number }): Promise<void>;
  rename(container: string, name: string): Promise<void>;
  remove(container: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  logs(container: string, options?: LogOptions): Promise<AsyncIterable<LogEntry>>;
  /** Bytes of the R/W layer on disk. */
  diskUsage(container: string): Promise<number>;

  open(container: string, options?: WorkOptions): Promise<ExploredContainer>;
  /** Image ID of the new image. */
  commit(container: string, request: CommitRequest, options?: WorkOptions): Promise<Digest>;
  export(container: string, signal?: AbortSignal): Promise<Readable>;
  stat(container: string, path: Uint8Array, options?: { follow?: boolean }): Promise<PathStat>;
  getArchive(container: string, path: Uint8Array, signal?: AbortSignal): Promise<Readable>;
  putArchive(
    container: string,
    directory: Uint8Array,
    tar: Readable,
    options?: { owners?: boolean; signal?: AbortSignal },
  ): Promise<void>;
  /** Removes those that do not run. Docker's are left alone: others may have made them. */
  prune(): Promise<PrunedContainers>;
  /** Copies of images' layers that engines keep for containers. */
  keptLayers(): Promise<Kept>;
  /** Removes those that no container needs; how many bytes that were. Throws `locked` while containers are made. */
  pruneLayers(): Promise<number>;
  /** Calls back when a container came, went or changed its state, also through another process. Returns the unsubscriber. */
  watch(onChange: () => void): () => void;
}
