// A container that runs, as the agent has it: its first process, those that came later, and what is told of them.
import { kill as killProcess } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError, toPhylloError } from '../../lib/errors.ts';
import type { NativeCalls } from '../../lib/native.ts';
import { Directory } from '../../layer/apply-directory.ts';
import type { ContainerConfig, ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';
import { EXIT_CODES, exitCodeOfSignal } from '../exit-codes.ts';
import { signalNumber } from '../signal-names.ts';
import { MAX_USER_FILE_BYTES, lookUpUser } from '../user-lookup.ts';
import type { Request } from './control-protocol.ts';
import type { Attachable } from './control-session.ts';
import { clampedSize } from './pty-size.ts';
import { readRootFile } from './root-file.ts';
import type { Command, ContainerRuntime, PreparedContainer, ProcessIds } from './runtime.ts';
import { type HubClient, StdioHub } from './stdio-hub.ts';
import { type StdioProcess, startOnPipes } from './stdio-process.ts';

export interface RunningParts {
  readonly config: ContainerConfig;
  readonly runtime: ContainerRuntime;
  readonly rootfs: string;
  /** The container's own folder. */
  readonly directory: string;
  readonly native: NativeCalls | undefined;
  /** All but what is looked up in the root. */
  prepare(ids: ProcessIds): Promise<PreparedContainer>;
  /** Gets the first process's output, before anybody else. */
  readonly log: HubClient;
  /**
   * Before it is told to anybody; `pid` is of the agent's namespace, undefined when it is over already. `over` resolves
   * when it is. What is over meanwhile is written down at its end: then the result is false.
   */
  recordStart(pid: number | undefined, over: Promise<unknown>): Promise<boolean>;
  recordEnd(exitCode: number, error: unknown): Promise<void>;
}

/** It is looked this often whether the runtime has started the first process, for a few milliseconds. */
const LOOK_MS = 3;

export class RunningContainer {
  /** Rejects when the first process could not be started. */
  readonly started: Promise<void>;
  /** `started`, and it is written down. */
  readonly recorded: Promise<void>;
  /** Exit code of the first process. Never rejects: that it could not be started is told by `started`. */
  readonly ended: Promise<number>;
  /** Nothing of it is left but who still reads its output. */
  readonly gone: Promise<void>;
  private readonly parts: RunningParts;
  private readonly hub = new StdioHub();
  private readonly recordedBy = Promise.withResolvers<void>();
  private readonly startedBy = Promise.withResolvers<void>();
  private readonly goneBy = Promise.withResolvers<void>();
  private readonly endedBy = Promise.withResolvers<number>();
  private launched: Promise<StdioProcess> | undefined;
  private prepared: PreparedContainer | undefined;
  private pidInside: number | undefined;
  /** The last signal that it got from us. */
  private signalled: string | undefined;

  constructor(parts: RunningParts) {
    this.parts = parts;
    this.started = this.startedBy.promise;
    this.ended = this.endedBy.promise;
    this.gone = this.goneBy.promise;
    this.recorded = this.recordedBy.promise;
    for (const promise of [this.started, this.recorded]) promise.catch(() => undefined);
    this.hub.add(parts.log);
  }

  get isLaunched(): boolean {
    return this.launched !== undefined;
  }

  /** It is removed at its end; a step of a build is when its layer was read. */
  get leavesNothing(): boolean {
    const { autoRemove, isStep } = this.parts.config;
    return autoRemove && isStep !== true;
  }

  /** The first process. Whoever asks for it first starts it, with the size of their terminal. */
  main(): Attachable {
    return {
      join: (client) => this.hub.add(client),
      leave: (client) => this.hub.remove(client),
      start: (size) => this.launch(size),
      started: this.recorded,
      ended: this.ended,
      inputEndsWithClient: !this.parts.config.process.tty,
    };
  }

  /** One more process. Throws `invalid-argument` when the first one has ended. */
  async exec({ process, size: asked }: Extract<Request, { op: 'exec' }>): Promise<Attachable> {
    await this.started;
    const { prepared } = this;
    if (prepared === undefined || this.pidInside === undefined) throw notRunning();
    const ids = this.lookUp(process);
    const command = await this.parts.runtime.exec(prepared, process, ids, asked && clampedSize(asked));
    const hub = new StdioHub();
    const ended = Promise.withResolvers<number>();
    ended.promise.catch(() => undefined);
    return {
      join: (client) => hub.add(client),
      leave: (client) => hub.remove(client),
      start: async (size) => {
        const started = await this.startProcess(command, process, ids, hub, size);
        ended.resolve(this.endOf(started, command));
        return started;
      },
      started: Promise.resolve(),
      ended: ended.promise,
      inputEndsWithClient: true,
    };
  }

  kill(signal: string): void {
    const { pidInside } = this;
    if (pidInside === undefined) throw notRunning();
    try {
      killProcess(pidInside, signalNumber(signal));
      this.signalled = signal;
    } catch (error) {
      throw toPhylloError(error, 'send signal to container');
    }
  }

  killIfRunning(): void {
    if (this.pidInside !== undefined) this.kill('SIGKILL');
  }

  launch(size?: TerminalSize): Promise<StdioProcess> {
    this.launched ??= this.launchOnce(size).catch(async (error: unknown) => {
      this.fail(error);
      await this.end(exitCodeIn(error), error);
      throw error;
    });
    return this.launched;
  }

  private async launchOnce(size: TerminalSize | undefined): Promise<StdioProcess> {
    const { config, runtime } = this.parts;
    const ids = this.lookUp(config.process);
    const prepared = { ...(await this.parts.prepare(ids)), ...(size && { size: clampedSize(size) }) };
    const command = await runtime.prepare(prepared);
    const process = await this.startProcess(command, config.process, ids, this.hub, size);
    this.prepared = prepared;
    void this.follow(process, command);
    return process;
  }

  /** From here on it is told when it started and how it ended. */
  private async follow(process: StdioProcess, command: Command): Promise<void> {
    const end = this.endOf(process, command).then(
      (exitCode) => ({ exitCode, error: undefined }),
      (error: unknown) => this.failed(error),
    );
    const failedAtOnce = await Promise.race([this.untilItRuns(end), end]);
    if (failedAtOnce?.error === undefined) {
      this.startedBy.resolve();
      const over = process.ended.catch(() => undefined);
      const written = this.parts.recordStart(this.pidInside, over);
      this.recordedBy.resolve(
        written.then(async (isWritten) => {
          // Until its end is there, the record tells of the run before.
          if (!isWritten) await this.ended;
        }),
      );
      await written.catch(() => undefined);
    }
    const { exitCode, error } = await end;
    this.pidInside = undefined;
    if (error !== undefined) this.fail(error);
    await this.end(exitCode, error);
  }

  /** A runtime whose process is killed while it is still its own calls that a failure; it is what was asked for. */
  private failed(error: unknown): { exitCode: number; error: unknown } {
    const exitCode = exitCodeIn(error);
    if (exitCode !== EXIT_CODES.engineFailed || this.signalled === undefined) return { exitCode, error };
    return { exitCode: exitCodeOfSignal(this.signalled), error: undefined };
  }

  /** That it cannot be written down (a full disk) keeps nobody from learning of it. */
  private async end(exitCode: number, error: unknown): Promise<void> {
    await this.parts.recordEnd(exitCode, error).catch(() => undefined);
    this.endedBy.resolve(exitCode);
  }

  putAway(): void {
    this.goneBy.resolve();
  }

  private fail(error: unknown): void {
    this.startedBy.reject(error);
    this.recordedBy.reject(error);
  }

  private async untilItRuns(end: Promise<unknown>): Promise<undefined> {
    let isOver = false;
    void end.then(() => (isOver = true));
    while (!isOver && this.prepared !== undefined) {
      const pid = await this.parts.runtime.pid(this.prepared);
      if (pid !== undefined) {
        this.pidInside = isOver ? undefined : pid;
        return;
      }
      await sleep(LOOK_MS);
    }
  }

  private async endOf(process: StdioProcess, command: Command): Promise<number> {
    const exitCode = await process.ended;
    const failure = await this.parts.runtime.explain(command, exitCode);
    if (failure) throw failure;
    return exitCode;
  }

  private lookUp({ user }: ProcessSpec): ProcessIds {
    const root = Directory.open(this.parts.rootfs);
    try {
      const file = (name: string): Buffer | undefined =>
        readRootFile(root, `/etc/${name}`, MAX_USER_FILE_BYTES);
      return lookUpUser(user, file('passwd'), file('group'));
    } finally {
      root.close();
    }
  }

  private async startProcess(
    command: Command,
    process: ProcessSpec,
    ids: ProcessIds,
    hub: StdioHub,
    size: TerminalSize | undefined,
  ): Promise<StdioProcess> {
    const started = process.tty
      ? (await import('./pty-process.ts')).startOnPty(command, size, hub.onOutput)
      : await startOnPipes(
          command,
          { folder: this.parts.directory, native: this.parts.native, stdin: process.stdin, uid: ids.uid },
          hub.onOutput,
        );
    hub.tie(started);
    return started;
  }
}

function exitCodeIn(error: unknown): number {
  const code = error instanceof PhylloError ? error.data['exitCode'] : undefined;
  return typeof code === 'number' ? code : EXIT_CODES.engineFailed;
}

function notRunning(): PhylloError {
  return new PhylloError('invalid-argument', 'reach process of container: it is not running');
}
