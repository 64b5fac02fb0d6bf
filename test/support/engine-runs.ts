// Containers in a few words, for tests of engines: what they are made with, and what they wrote.
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Container, ContainerId, Mount, ProcessSpec } from '../../src/engine/container.ts';
import type { ContainerSpec, Engine, LogEntry, LogOptions, RunImage } from '../../src/engine/engine.ts';
import type { Io, SessionEnd } from '../../src/engine/io.ts';
import { isPhylloError } from '../../src/lib/errors.ts';
import { type ProcessOverrides, processConfig } from '../../src/engine/process-spec.ts';

export interface RunOptions extends ProcessOverrides {
  readonly name?: string;
  readonly readOnly?: boolean;
  readonly autoRemove?: boolean;
  readonly network?: ContainerSpec['network'];
  readonly mounts?: readonly Mount[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly stopTimeoutSeconds?: number;
}

/** `script` is a shell's. */
export function shell(script: string): Pick<ProcessOverrides, 'command'> {
  return { command: ['sh', '-c', script] };
}

export function specOf(source: RunImage, options: RunOptions): ContainerSpec {
  const { image } = source;
  return {
    ...processConfig(image.config.config, options),
    ...(options.name !== undefined && { name: options.name }),
    image: {
      name: image.names[0] ?? 'unnamed',
      id: image.id,
      digest: image.descriptor.digest,
      diffIDs: image.config.diffIDs,
    },
    network: options.network ?? 'none',
    ports: [],
    mounts: options.mounts ?? [],
    readOnly: options.readOnly ?? false,
    autoRemove: options.autoRemove ?? false,
    labels: options.labels ?? {},
    stopSignal: options.stopSignal ?? 'SIGTERM',
    stopTimeoutSeconds: options.stopTimeoutSeconds ?? 10,
    source,
  };
}

/** Both outputs of a process as they come, and its input. */
export class TestIo implements Io {
  readonly stdin = new PassThrough();
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly size = { columns: 80, rows: 24 };
  private readonly out: Buffer[] = [];
  private readonly err: Buffer[] = [];

  constructor() {
    this.stdout = collector(this.out);
    this.stderr = collector(this.err);
  }

  get stdoutText(): string {
    return Buffer.concat(this.out).toString('latin1');
  }

  get stderrText(): string {
    return Buffer.concat(this.err).toString('latin1');
  }
}

function collector(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}

/** Makes a container that is removed after the test, whatever became of it. */
export async function createFor(engine: Engine, source: RunImage, options: RunOptions): Promise<ContainerId> {
  const id = await engine.create(specOf(source, options));
  onTestFinished(async () => {
    // One with --rm may go by itself meanwhile.
    if (await find(engine, id)) await engine.remove(id, { force: true, volumes: true }).catch(unlessGone);
  });
  return id;
}

function unlessGone(error: unknown): void {
  if (!isPhylloError(error, 'not-found')) throw error;
}

export async function startFor(engine: Engine, source: RunImage, options: RunOptions): Promise<ContainerId> {
  const id = await createFor(engine, source, options);
  await engine.start(id);
  return id;
}

export interface Ran {
  readonly id: ContainerId;
  readonly end: SessionEnd;
  readonly stdout: string;
  readonly stderr: string;
}

/** From the first byte to the last, `input` being all of its input. */
export async function runFor(
  engine: Engine,
  source: RunImage,
  options: RunOptions,
  input = '',
): Promise<Ran> {
  const id = await createFor(engine, source, options);
  const io = new TestIo();
  io.stdin.end(input);
  const session = await engine.startAttached(id, io);
  const end = await session.ended;
  return { id, end, stdout: io.stdoutText, stderr: io.stderrText };
}

export async function execFor(
  engine: Engine,
  id: ContainerId,
  process: ProcessSpec,
  input = '',
): Promise<Omit<Ran, 'id'>> {
  const io = new TestIo();
  io.stdin.end(input);
  const session = await engine.exec(id, process, io);
  const end = await session.ended;
  return { end, stdout: io.stdoutText, stderr: io.stderrText };
}

export async function find(engine: Engine, id: ContainerId): Promise<Container | undefined> {
  return (await engine.list()).find((container) => container.id === id);
}

export async function logsOf(
  engine: Engine,
  id: ContainerId,
  options: LogOptions = {},
): Promise<{ stdout: string; stderr: string; entries: LogEntry[] }> {
  const entries: LogEntry[] = [];
  for await (const entry of engine.logs(id, options)) entries.push(entry);
  const text = (stream: LogEntry['stream']): string =>
    Buffer.concat(entries.filter((entry) => entry.stream === stream).map(({ data }) => data)).toString(
      'latin1',
    );
  return { stdout: text('stdout'), stderr: text('stderr'), entries };
}

const WAIT_MS = 15_000;

/** Looks again until it is true; the error names what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${WAIT_MS} ms in vain until ${what}`);
    await sleep(10);
  }
}

/** Until the log has the text. */
export function untilLogged(engine: Engine, id: ContainerId, text: string): Promise<void> {
  return until(`the log has ${text}`, async () => (await logsOf(engine, id)).stdout.includes(text));
}
