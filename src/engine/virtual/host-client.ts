// Talks to the program that holds a running virtual container, and starts it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError, isPhylloError, toPhylloError } from '../../lib/errors.ts';
import type { Locker } from '../../lib/lock.ts';
import { workerUrl } from '../../lib/worker-entry.ts';
import type { Io, Session, SessionEnd } from '../io.ts';
import { FrameConnection, errorOf, jsonOf } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import { compiledCode } from '../../lib/compiled-code.ts';
import type { HostRequest, ResizeMessage } from './host-requests.ts';
import { connectTo } from './host-socket.ts';
import { IoStreams } from './io-streams.ts';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
const MAX_STDERR = 8192;

/** Outlives us. Resolves when it can be talked to. Throws `engine-unavailable`. */
export async function startHost(directory: string): Promise<FrameConnection> {
  const child = spawn(
    execPath,
    [fileURLToPath(workerUrl(import.meta.url, 'shell-worker')), 'serve', directory],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: directory,
      env: { ...env, ...compiledCode() },
      windowsHide: true,
    },
  );
  let said = '';
  let gone = false;
  child.stderr!.on('data', (chunk: Buffer) => {
    if (said.length < MAX_STDERR) said += chunk.toString();
  });
  child.once('exit', () => (gone = true)).once('error', () => (gone = true));
  try {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const socket = await connectTo(directory).catch(() => undefined);
      if (socket !== undefined) return new FrameConnection(socket);
      if (gone || performance.now() > deadline) {
        throw new PhylloError(
          'engine-unavailable',
          `start container: its program ended: ${said.trim().split('\n').at(-1) ?? ''}`,
        );
      }
      await sleep(POLL_MS);
    }
  } finally {
    // Its stderr would keep us alive, and it must not depend on us.
    child.stderr!.destroy();
    child.unref();
  }
}

/** Is there a program that holds it? Told by its lock, which goes with it. */
export async function isHeld(directory: string, locker: Locker): Promise<boolean> {
  try {
    const lock = await locker.acquire(join(directory, 'lock'), {
      mode: 'shared',
      purpose: 'look',
      timeoutMs: 0,
      mustExist: true,
    });
    await lock.release();
    return false;
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return false;
    if (isPhylloError(error, 'locked')) return true;
    throw error;
  }
}

/** Sends a request. Throws `invalid-argument` when nobody holds the container. */
export async function ask(directory: string, request: HostRequest): Promise<FrameConnection> {
  const socket = await connectTo(directory).catch((error: unknown) => {
    throw new PhylloError('invalid-argument', 'use container: it is not running', { cause: error });
  });
  const connection = new FrameConnection(socket);
  await connection.sendJson(request);
  return connection;
}

/** Reads up to the first answer. Throws the error that came instead. */
export async function answered(connection: FrameConnection, frames: AsyncGenerator<Frame>): Promise<void> {
  try {
    for (let next = await frames.next(); !next.done; next = await frames.next()) {
      if (next.value.type === 'error') throw errorOf(next.value);
      if (next.value.type === 'json') return;
    }
    throw new PhylloError('io', 'use container: its program ended');
  } catch (error) {
    connection.destroy();
    throw toPhylloError(error, 'use container');
  }
}

/** The exit code that comes last; undefined when the connection ended without. */
export async function exitCodeFrom(frames: AsyncGenerator<Frame>): Promise<number | undefined> {
  for await (const frame of frames) {
    if (frame.type === 'error') throw errorOf(frame);
    const { exited } = frame.type === 'json' ? jsonOf(frame) : {};
    if (typeof exited === 'number') return exited;
  }
  return undefined;
}

/** Ties somebody to what a connection brings. `killed` is the exit code when the other side vanished. */
export function sessionOver(
  connection: FrameConnection,
  frames: AsyncGenerator<Frame>,
  io: Io | undefined,
  killed: number,
): Session {
  const streams = io && new IoStreams(io);
  let isDetached = false;
  let leave: (end: SessionEnd) => void = () => undefined;
  const left = new Promise<SessionEnd>((resolve) => (leave = resolve));
  const read = async (): Promise<SessionEnd> => {
    try {
      for await (const frame of frames) {
        if (frame.type === 'stdout' || frame.type === 'stderr')
          await streams?.output(frame.type, frame.payload);
        if (frame.type === 'error') throw errorOf(frame);
        const { exited } = frame.type === 'json' ? jsonOf(frame) : {};
        if (typeof exited === 'number') return { kind: 'exited', exitCode: exited };
      }
    } catch (error) {
      if (!isPhylloError(error, 'io')) throw error;
    }
    return { kind: 'exited', exitCode: killed };
  };
  if (streams !== undefined) void sendInput(connection, streams);
  const ended = Promise.race([read(), left]).then(async (end) => {
    await streams?.close();
    connection.destroy();
    return isDetached ? ({ kind: 'detached' } as const) : end;
  });
  return {
    ended,
    resize: (size) => {
      const message: ResizeMessage = { resize: size };
      // A process that has ended needs no size.
      void connection.sendJson(message).catch(() => undefined);
    },
    detach: () => {
      isDetached = true;
      connection.destroy();
      leave({ kind: 'detached' });
    },
  };
}

async function sendInput(connection: FrameConnection, streams: IoStreams): Promise<void> {
  try {
    for (let data = await streams.nextInput(); data !== undefined; data = await streams.nextInput()) {
      await connection.send('stdin', data);
    }
    await connection.send('end');
  } catch {
    // The process has ended; what was typed after that is nobody's.
  }
}
