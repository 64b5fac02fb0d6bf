// The program that holds one running virtual container: its files, its processes, its log. It outlives whoever started it;
// when it ends, however it does, the lock is free and the container has ended with it.
import process from 'node:process';
import { type Server, type Socket, createServer } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InflatedLayers } from '../../layer/seek.ts';
import { PhylloError } from '../../lib/errors.ts';
import { Locker } from '../../lib/lock.ts';
import type { Container } from '../container.ts';
import { EXIT_CODES, exitCodeOfSignal } from '../exit-codes.ts';
import { FrameConnection, jsonOf, untilRead } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { TerminalSize } from '../io.ts';
import { LOG_FILE, LogWriter } from '../log-file.ts';
import { ContainerRecords } from '../records.ts';
import { signalName } from '../signal-names.ts';
import { type WritableFiles, lowerPath, openWritable, upperPath } from './container-files.ts';
import { HARMLESS } from './harmless-signals.ts';
import { noteEnd, noteFailure, noteStart } from './host-notes.ts';
import { dataOf, readInput } from './host-input.ts';
import type { HostAnswer, HostRequest } from './host-requests.ts';
import { listenFor } from './host-socket.ts';
import { loadLower } from './lower.ts';
import { InputQueue, type ProcessIo } from './process-io.ts';
import { runProcess } from './run-process.ts';
import { startThread } from './start-thread.ts';
import { unpackInto } from './unpack.ts';
import type { VirtualProcess } from './virtual-process.ts';

export const HOST_LOCK = 'lock';
/** Whoever started it asks for the first process at once; nobody does when that one was killed. */
const START_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 10_000;
/** How often it looks whether its container is still there. */
const LOOK_MS = 2000;
/** How long the last answer waits to be read: what a client writes to a program that is gone costs it what it had not read. */
const GOODBYE_MS = 5000;
const MAX_INFLATED_BYTES = 8 * 1024 ** 3;

/** `directory` is the container's. */
export async function serveContainer(directory: string): Promise<void> {
  // Signals to the terminal of whoever started it are not meant for the container.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const lock = await new Locker().acquire(join(directory, HOST_LOCK), {
    mode: 'exclusive',
    purpose: 'run container',
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  const host = await Host.open(directory);
  try {
    await host.serve();
  } finally {
    await lock.release();
    await host.removeIfAsked();
  }
  process.exit(0);
}

class Host {
  private readonly directory: string;
  private readonly records: ContainerRecords;
  private readonly container: Container;
  private readonly writable: WritableFiles;
  private readonly log: LogWriter;
  private readonly server: Server = createServer((socket) => void this.welcome(socket));
  private readonly attached = new Set<FrameConnection>();
  private readonly others = new Set<VirtualProcess>();
  private readonly input = new InputQueue();
  /** For the first process: it loads while the files are opened. */
  private readonly thread: Worker;
  private first: VirtualProcess | undefined;
  private finish: (exitCode: number | undefined) => void = () => undefined;
  /** Undefined when the first process never began. */
  private readonly ended = new Promise<number | undefined>((resolve) => (this.finish = resolve));
  /** What the first process says waits for this: a client drops what comes before the answer to its request. */
  private readonly answered = Promise.withResolvers<void>();
  private note: (exitCode: number) => void = () => undefined;
  /** Its end is on record. */
  private readonly noted = new Promise<number>((resolve) => (this.note = resolve));
  /** Connections that still have to be told how it ended. */
  private readonly goodbyes = new Set<Promise<void>>();

  private constructor(parts: {
    directory: string;
    records: ContainerRecords;
    container: Container;
    writable: WritableFiles;
    log: LogWriter;
    thread: Worker;
  }) {
    this.directory = parts.directory;
    this.records = parts.records;
    this.container = parts.container;
    this.writable = parts.writable;
    this.log = parts.log;
    this.thread = parts.thread;
  }

  static async open(directory: string): Promise<Host> {
    const thread = startThread();
    const records = new ContainerRecords(dirname(directory));
    const container = await records.get(basename(directory));
    const inflated = new InflatedLayers(join(dirname(dirname(directory)), 'inflated'), MAX_INFLATED_BYTES);
    const lower = await loadLower(lowerPath(directory), inflated);
    const { readOnly, hostname } = container;
    const writable = await openWritable(upperPath(directory), lower, { readOnly, hostname });
    const log = await LogWriter.open(join(directory, LOG_FILE));
    return new Host({ directory, records, container, writable, log, thread });
  }

  async serve(): Promise<void> {
    await listenFor(this.directory, this.server);
    const timer = setTimeout(() => {
      if (this.first === undefined) this.finish(undefined);
    }, START_TIMEOUT_MS);
    const looking = setInterval(() => void this.endIfGone(), LOOK_MS);
    process.on('SIGTERM', () => this.first?.kill(exitCodeOfSignal('SIGTERM')));
    const exitCode = await this.ended;
    clearTimeout(timer);
    clearInterval(looking);
    for (const other of this.others) other.kill(EXIT_CODES.killed);
    this.server.close();
    await this.log.end();
    await this.writable.close();
    if (exitCode !== undefined) await noteEnd(this.records, this.container.id, exitCode);
    this.note(exitCode ?? 0);
    await rm(join(this.directory, 'ctl.sock'), { force: true });
    await Promise.allSettled(this.goodbyes);
  }

  /** Whoever removes a whole store leaves nobody to end what runs in it. */
  private async endIfGone(): Promise<void> {
    if (await stat(this.directory).catch(() => undefined)) return;
    process.exit(EXIT_CODES.killed);
  }

  async removeIfAsked(): Promise<void> {
    if (this.container.autoRemove && this.first !== undefined)
      await this.records.remove(this.container.id).catch(() => undefined);
  }

  private async welcome(socket: Socket): Promise<void> {
    const connection = new FrameConnection(socket);
    const frames = connection.frames();
    try {
      const { value } = await frames.next();
      if (value !== undefined) await this.handle(jsonOf(value) as unknown as HostRequest, connection, frames);
    } catch (error) {
      await connection.sendError(error).catch(() => undefined);
    } finally {
      await connection.end().catch(() => undefined);
      await untilRead(frames);
      connection.destroy();
    }
  }

  private async handle(
    request: HostRequest,
    connection: FrameConnection,
    frames: AsyncGenerator<Frame>,
  ): Promise<void> {
    switch (request.do) {
      case 'start':
        return this.start(request, connection, frames);
      case 'attach':
        this.running().resize(request.size);
        return this.tie(connection, frames);
      case 'exec':
        return this.exec(request, connection, frames);
      case 'kill':
        return this.kill(request.signal, connection);
      case 'wait':
        return this.tell(connection, this.noted);
      case 'put':
        this.running();
        await unpackInto(this.writable.files, request.directory, dataOf(frames), { owners: request.owners });
        return answer(connection, { done: true });
    }
  }

  private running(): VirtualProcess {
    if (this.first !== undefined) return this.first;
    throw new PhylloError(
      'invalid-argument',
      `use container ${this.container.id.slice(0, 12)}: it is not running`,
    );
  }

  private async start(
    { tied, size }: HostRequest & { do: 'start' },
    connection: FrameConnection,
    frames: AsyncGenerator<Frame>,
  ): Promise<void> {
    if (this.first !== undefined) throw new PhylloError('already-exists', 'start container: it is running');
    const { process: spec, hostname } = this.container;
    if (!spec.stdin) this.input.end();
    if (tied) this.attached.add(connection);
    try {
      this.first = await runProcess(this.writable.files, spec, this.firstIo(), {
        hostname,
        size,
        thread: this.thread,
      });
    } catch (error) {
      await noteFailure(this.records, this.container.id, error);
      this.finish(undefined);
      throw error;
    }
    await noteStart(this.records, this.container.id);
    const { ended } = this.first;
    await answer(connection, { done: true }).finally(() => {
      this.answered.resolve();
      // Not sooner: whoever is tied has to be among those that are told, or this program ends without a word to them.
      void ended.then((exitCode) => this.finish(exitCode));
    });
    if (tied) await this.tie(connection, frames);
  }

  private firstIo(): ProcessIo {
    return {
      output: async (stream, data) => {
        await this.answered.promise;
        await this.log.write(stream, data);
        await Promise.all(
          [...this.attached].map((connection) =>
            connection.send(stream, data).catch(() => void this.attached.delete(connection)),
          ),
        );
      },
      nextInput: () => this.input.next(),
    };
  }

  /** Until the process ends or the other side leaves. */
  private async tie(connection: FrameConnection, frames: AsyncGenerator<Frame>): Promise<void> {
    this.attached.add(connection);
    const resize = (size: TerminalSize): void => this.first?.resize(size);
    const left = readInput(frames, this.input, resize);
    void left.then(() => this.attached.delete(connection));
    await this.tell(connection, this.noted, left);
    this.attached.delete(connection);
  }

  private async exec(
    { process: spec, tied, size }: HostRequest & { do: 'exec' },
    connection: FrameConnection,
    frames: AsyncGenerator<Frame>,
  ): Promise<void> {
    this.running();
    const input = new InputQueue();
    if (!spec.stdin || !tied) input.end();
    const answered = Promise.withResolvers<void>();
    const io: ProcessIo = {
      output: async (stream, data) => {
        await answered.promise;
        if (tied) await connection.send(stream, data).catch(() => undefined);
      },
      nextInput: () => input.next(),
    };
    const { hostname } = this.container;
    const started = await runProcess(this.writable.files, spec, io, { hostname, size });
    this.others.add(started);
    void started.ended.then(() => this.others.delete(started));
    await answer(connection, { done: true }).finally(answered.resolve);
    const left = tied ? readInput(frames, input, (changed) => started.resize(changed)) : undefined;
    await this.tell(connection, started.ended, left);
  }

  /** `left`, of one who may still be sending: settled when the other side has gone. */
  private async tell(
    connection: FrameConnection,
    ended: Promise<number>,
    left?: Promise<void>,
  ): Promise<void> {
    const told = ended
      .then((exited) => answer(connection, { exited }))
      .then(() => connection.end())
      .then(() => left && Promise.race([left, sleep(GOODBYE_MS)]))
      .catch(() => undefined);
    this.goodbyes.add(told);
    await told;
    this.goodbyes.delete(told);
  }

  private async kill(signal: string, connection: FrameConnection): Promise<void> {
    const name = signalName(signal);
    const first = this.running();
    const isIgnored = name !== 'SIGKILL' && first.ignores(name);
    if (!HARMLESS.has(name) && !isIgnored) first.kill(exitCodeOfSignal(name));
    await answer(connection, { done: true });
  }
}

function answer(connection: FrameConnection, value: HostAnswer): Promise<void> {
  return connection.sendJson(value);
}
