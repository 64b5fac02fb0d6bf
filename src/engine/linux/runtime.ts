// How the agent (the process that holds a container's mounts) gets a process into it: by an OCI runtime with a bundle,
// or with util-linux alone. The agent is root in its user namespace and alone in its mount and PID namespace, and its
// /proc is one of that PID namespace: runtimes look themselves and their children up in there. The overlay is mounted
// `nodev`: an image may bring device nodes of the machine's disks.
import type { PhylloError } from '../../lib/errors.ts';
import type { ContainerConfig, ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';

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
  readonly etc: { readonly hostname?: string; readonly hosts: string; readonly resolvConf: string };
  /** Every mount with a directory or file to bind; volumes and binds come with their source on the host. */
  readonly mounts: readonly ReadyMount[];
  /** The agent is root in a user namespace of its own, not on the machine. */
  readonly rootless: boolean;
  /**
   * Path of a network namespace that is ready (see network.ts); the process joins it. Absent: as `config.network`
   * says, a new one with nothing but a loopback interface, or the machine's.
   */
  readonly netns?: string;
  /** Of the terminal that the first process gets. */
  readonly size?: TerminalSize;
}

export type ReadyMount =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly options: readonly string[] };

/** A program to be run by the agent with the container's streams as 0, 1 and 2. Its exit code is the process's. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The container's program as it was asked for, for messages; foreign text. */
  readonly program: string;
  /** Where it writes why the process could not be started; for `explain`. */
  readonly report: string;
}

export interface ContainerRuntime {
  /** For people and records: `crun`, `runc`, `util-linux: no seccomp`. */
  readonly title: string;
  /** Writes what it needs into `work`; throws as `explain` gives where that can be known before. The command is then run once and stays until the container's first process ends. */
  prepare(container: PreparedContainer): Promise<Command>;
  /** PID, in the agent's PID namespace, of the container's first process; undefined before it runs or after it ended. */
  pid(container: PreparedContainer): Promise<number | undefined>;
  /** A command that runs one more process, throws as `prepare`; with `process.tty` its own terminal is what it is started on. */
  exec(
    container: PreparedContainer,
    process: ProcessSpec,
    ids: ProcessIds,
    size?: TerminalSize,
  ): Promise<Command>;
  /**
   * Why the process was never started, after the command ended; undefined when it was, and the exit code is its own.
   * `not-found` with `data.exitCode` 127, `invalid-argument` with 126, else the runtime's own failure with 125.
   */
  explain(command: Command, exitCode: number): Promise<PhylloError | undefined>;
  /** Puts away what is left outside of the agent's namespaces (control groups); safe to call twice, and after a crash. */
  cleanUp(container: Pick<PreparedContainer, 'work' | 'config' | 'rootless'>): Promise<void>;
}
