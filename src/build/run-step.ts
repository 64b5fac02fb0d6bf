// RUN: a container over the layers so far, whose R/W layer becomes the next one. It is removed whatever happens.
import type { Readable, Writable } from 'node:stream';
import type { ContainerId, Mount, NetworkMode } from '../engine/container.ts';
import { type ContainerSpec, type Engine, type RunImage, runsOnce } from '../engine/engine.ts';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

export interface RunStep {
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly network: NetworkMode;
  readonly mounts: readonly Mount[];
  readonly source: RunImage;
  /** Tells whose container it is, for whoever finds it when we are gone. */
  readonly owner: string;
}

export interface RunIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
  /** When the process runs: its changes can be watched from then on. */
  readonly onStart?: (id: ContainerId) => void;
}

export interface RanStep {
  readonly exitCode: number;
  /** What it wrote, as a layer: to be read before `done` is called. */
  layer(): Readable;
  /** Removes the container. */
  done(): Promise<void>;
}

/** On a container: the lease of the build that it belongs to. */
export const BUILD_LABEL = 'phyllo.build';
const HOSTNAME = 'buildkitsandbox';

/** Throws `build-failed` for a program that cannot be started, `cancelled`, and what the engine throws. */
export async function runStep(engine: Engine, step: RunStep, io: RunIo): Promise<RanStep> {
  const { stdout, stderr, signal, onStart } = io;
  if (runsOnce(engine)) {
    const run = await engine.runOnce(
      specOf(step),
      { stdout, stderr },
      { signal, ...(onStart && { onStart }) },
    );
    return { exitCode: run.exitCode, layer: () => run.layer({ signal }), done: () => run.letGo() };
  }
  const id = await engine.create(specOf(step), { signal });
  const done = (): Promise<void> => engine.remove(id, { force: true, volumes: true });
  try {
    const exitCode = await runToItsEnd(engine, id, io);
    return { exitCode, layer: () => engine.layer(id, { signal }), done };
  } catch (error) {
    await done().catch(() => undefined);
    throw error;
  }
}

async function runToItsEnd(
  engine: Engine,
  id: ContainerId,
  { stdout, stderr, signal, onStart }: RunIo,
): Promise<number> {
  const kill = (): void => void engine.kill(id, 'SIGKILL').catch(() => undefined);
  signal.addEventListener('abort', kill);
  try {
    if (signal.aborted) throw cancelled();
    const session = await engine.startAttached(id, { stdout, stderr });
    onStart?.(id);
    if (signal.aborted) kill();
    const end = await session.ended;
    if (signal.aborted) throw cancelled();
    if (end.kind === 'exited') return end.exitCode;
    throw new PhylloError('io', 'run step: the connection to its container was lost');
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function specOf({ argv, env, workingDir, user, network, mounts, source, owner }: RunStep): ContainerSpec {
  const { image } = source;
  return {
    hostname: HOSTNAME,
    image: {
      name: image.id,
      id: image.id,
      digest: image.descriptor.digest,
      diffIDs: image.config.diffIDs,
    },
    process: { argv, env, workingDir, user, tty: false, stdin: false },
    entrypoint: [],
    command: argv,
    env,
    network,
    ports: [],
    mounts,
    readOnly: false,
    autoRemove: false,
    labels: { [BUILD_LABEL]: owner },
    stopSignal: 'SIGKILL',
    stopTimeoutSeconds: 0,
    source,
  };
}

/** As BuildKit tells it. */
export function runFailed(argv: readonly string[], exitCode: number): PhylloError {
  const command = safeText(argv.join(' '));
  return new PhylloError('build-failed', `run ${JSON.stringify(command)}: exit code ${exitCode}`, {
    data: { exitCode },
  });
}

function cancelled(): PhylloError {
  return new PhylloError('cancelled', 'run step: cancelled');
}
