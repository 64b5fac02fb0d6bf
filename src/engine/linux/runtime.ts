// How the agent (the process that holds a container's mounts) gets a process into it: by an OCI runtime with a bundle,
// or with util-linux alone. The agent is root in its user namespace and alone in its mount and PID namespace.
import type { ContainerConfig, ProcessSpec } from '../container.ts';

/** Users and groups by number, found in the container's own files (see user-lookup.ts). */
export interface ProcessIds {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

export interface PreparedContainer {
  readonly config: ContainerConfig;
  readonly ids: ProcessIds;
  /** The mounted overlay, absolute. */
  readonly rootfs: string;
  /** A folder of the container's own for bundle and runtime state, absolute; it is there and empty at first. */
  readonly work: string;
  /** Made by the agent: what /etc/hostname, /etc/hosts and /etc/resolv.conf shall be, absolute paths of real files. */
  readonly etc: { readonly hostname: string; readonly hosts: string; readonly resolvConf: string };
  /** Every mount with a directory or file to bind; volumes and binds come with their source on the host. */
  readonly mounts: readonly ReadyMount[];
  /** The agent is root in a user namespace of its own, not on the machine. */
  readonly rootless: boolean;
}

export type ReadyMount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly options: readonly string[] };

/** A program to be run by the agent with the container's streams as 0, 1 and 2. Its exit code is the process's. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface ContainerRuntime {
  /** For people and records: `crun`, `runc`, `util-linux: no seccomp`. */
  readonly title: string;
  /** Writes what it needs into `work`; the command is then run once and stays until the container's first process ends. */
  prepare(container: PreparedContainer): Promise<Command>;
  /** PID, in the agent's PID namespace, of the container's first process; undefined before it runs or after it ended. */
  pid(container: PreparedContainer): Promise<number | undefined>;
  /** A command that runs one more process; with `process.tty` its own terminal is what it is started on. */
  exec(container: PreparedContainer, process: ProcessSpec, ids: ProcessIds): Promise<Command>;
  /** Puts away what is left outside of the agent's namespaces (control groups); safe to call twice, and after a crash. */
  cleanUp(container: Pick<PreparedContainer, 'work' | 'config' | 'rootless'>): Promise<void>;
}
