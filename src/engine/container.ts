// What a container is, whatever runs it: what was asked for, what is written down, and what is told of it.
import type { Digest } from '../oci/digest.ts';

export type EngineName = 'linux' | 'docker' | 'virtual';

/** 64 hex digits. */
export type ContainerId = string;

/** `private`: a network namespace of its own; `host`: the machine's. */
export const NETWORK_MODES = ['private', 'none', 'host'] as const;
export type NetworkMode = (typeof NETWORK_MODES)[number];

export type Protocol = 'tcp' | 'udp';

/** `-p`; an absent host port means any that is free. */
export interface PortPublication {
  readonly hostIp: string;
  readonly hostPort: number | undefined;
  readonly containerPort: number;
  readonly protocol: Protocol;
}

/** A publication that took place. */
export interface PublishedPort extends PortPublication {
  readonly hostPort: number;
}

export type Mount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  /** `name` is undefined for one that belongs to the container alone. */
  | {
      readonly type: 'volume';
      readonly name: string | undefined;
      readonly target: string;
      readonly readOnly: boolean;
      /** An empty one stays empty: it is not filled with what the image has in its place. */
      readonly noCopy?: true;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly options: readonly string[] };

/** What a process starts with, after image and command line were put together (see process-spec.ts). */
export interface ProcessSpec {
  /** Program and arguments; never empty. */
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly workingDir: string;
  /** As given: `name`, `uid`, `name:group`, `uid:gid`; empty for root. Looked up in the container's own files. */
  readonly user: string;
  readonly tty: boolean;
  /** Standard input stays open, or else is /dev/null. */
  readonly stdin: boolean;
}

/** What a container was made with. Never changes. */
export interface ContainerConfig {
  readonly id: ContainerId;
  readonly engine: EngineName;
  /** RFC 3339. */
  readonly created: string;
  readonly image: {
    /** The name that it was asked for by; foreign text. */
    readonly name: string;
    readonly id: Digest;
    /** Digest of the manifest; the store keeps it while the container is there. */
    readonly digest: Digest;
    readonly diffIDs: readonly Digest[];
  };
  readonly process: ProcessSpec;
  /** The two parts of `process.argv`, for inspect and commit. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The image's and the user's variables, without what is added for the process. */
  readonly env: readonly string[];
  readonly hostname: string;
  readonly network: NetworkMode;
  readonly ports: readonly PortPublication[];
  readonly mounts: readonly Mount[];
  readonly readOnly: boolean;
  readonly autoRemove: boolean;
  /**
   * A step of a build. When its process has ended its R/W layer can be read until whoever started it lets it go, or is gone.
   * As BuildKit has it, it has a host name, but no variable and no file that tell it.
   */
  readonly isStep?: true;
  readonly labels: Readonly<Record<string, string>>;
  /** A name such as `SIGTERM`. */
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
}

/** `dead`: it cannot be used any more, only removed. */
export const CONTAINER_STATUSES = ['created', 'running', 'exited', 'dead'] as const;
export type ContainerStatus = (typeof CONTAINER_STATUSES)[number];

/** What changes while it lives. */
export interface ContainerState {
  readonly name: string;
  readonly status: ContainerStatus;
  /** Its first process as the host sees it; 0 when there is none, or it cannot be told. */
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** Why it did not start, or did not end by itself; safe to show. */
  readonly error?: string;
  /** The ports that are open now. */
  readonly published: readonly PublishedPort[];
  /** How its processes are kept apart, for people: `crun`, `runc`, `util-linux: no seccomp`, `simulated`. */
  readonly isolation?: string;
}

export interface Container extends ContainerConfig, ContainerState {}
