// The agent's side of a connection: one request, answered.
import type { JsonObject } from '../../oci/json.ts';
import { PhylloError } from '../../lib/errors.ts';
import { inBlocks } from '../../lib/streams.ts';
import { type FrameConnection, jsonOf, untilRead } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { ContainerFiles } from './control-files.ts';
import type { Reply, Request } from './control-protocol.ts';
import { serveSession } from './control-session.ts';
import type { RunningContainer } from './agent-container.ts';

const BLOCK_BYTES = 256 * 1024;

/** What an agent has to answer with. */
export interface ControlHost {
  readonly files: ContainerFiles;
  /** Absent for a container that does not run. */
  readonly running?: RunningContainer;
}

export type Frames = AsyncGenerator<Frame>;

/** Resolves when the connection is done with; whatever fails is told to the other side alone. */
export async function serveConnection(
  connection: FrameConnection,
  frames: Frames,
  host: ControlHost,
): Promise<void> {
  if (!(await answerFirst(connection, frames, host))) return;
  await connection.end();
  await untilRead(frames);
}

/** The connection stays as it is. False when nothing was asked. */
export async function answerFirst(
  connection: FrameConnection,
  frames: Frames,
  host: ControlHost,
): Promise<boolean> {
  try {
    const first = await frames.next();
    if (first.done) return false;
    await answerRequest({ connection, frames, host }, jsonOf(first.value) as JsonObject & Request);
  } catch (error) {
    await connection.sendError(error).catch(() => undefined);
  }
  return true;
}

interface Exchange {
  readonly connection: FrameConnection;
  readonly frames: Frames;
  readonly host: ControlHost;
}

/** Throws what goes wrong. */
export async function answerRequest(exchange: Exchange, request: Request): Promise<void> {
  const { connection, host } = exchange;
  switch (request.op) {
    case 'started':
      await running(host).launch();
      await running(host).recorded;
      return reply(connection, { kind: 'ready' });
    case 'attach':
      try {
        return await serveSession(exchange, running(host).main(), request);
      } finally {
        // As for those who wait: the end of the connection tells that nothing is left.
        if (running(host).leavesNothing) await Promise.race([running(host).gone, connection.left]);
      }
    case 'exec':
      return serveSession(exchange, await running(host).exec(request), request);
    case 'kill':
      running(host).kill(request.signal);
      return reply(connection, { kind: 'done' });
    case 'wait':
      await reply(connection, { kind: 'exited', exitCode: await running(host).ended });
      // The connection then ends: that is how the other side learns that all is put away.
      return running(host).gone;
    default:
      return answerOfFiles(exchange, request);
  }
}

function running(host: ControlHost): RunningContainer {
  if (host.running) return host.running;
  throw new PhylloError('invalid-argument', 'reach process of container: it is not running');
}

type FilesRequest = Exclude<Request, { op: 'started' | 'attach' | 'exec' | 'kill' | 'wait' }>;

async function answerOfFiles({ connection, frames, host }: Exchange, request: FilesRequest): Promise<void> {
  const { files } = host;
  switch (request.op) {
    case 'changes':
      return sendUntilLeft(connection, frames, (signal) => files.changes(request.follow, signal));
    case 'layer':
      return sendAll(connection, inBlocks(files.layer(request.exclude), BLOCK_BYTES));
    case 'export':
      return sendAll(connection, inBlocks(files.export(), BLOCK_BYTES));
    case 'get':
      return sendAll(connection, files.get(request.path));
    case 'content':
      return sendAll(connection, files.content(request.path, request.offset, request.length));
    case 'stat':
      return reply(connection, { kind: 'stat', stat: files.stat(request.path, request.follow) });
    case 'usage':
      return reply(connection, { kind: 'usage', bytes: await files.usage() });
    case 'put':
      await files.put(request.path, bytesOf(frames), request.owners);
      return reply(connection, { kind: 'done' });
  }
}

export function reply(connection: FrameConnection, message: Reply): Promise<void> {
  return connection.sendJson(message);
}

async function sendAll(connection: FrameConnection, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) await connection.send('data', chunk);
  await connection.send('end');
}

/** Until the other side goes: it says nothing more, so that the end of its frames tells. */
async function sendUntilLeft(
  connection: FrameConnection,
  frames: Frames,
  make: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
): Promise<void> {
  const left = new AbortController();
  void frames
    .next()
    .catch(() => undefined)
    .finally(() => left.abort());
  await sendAll(connection, make(left.signal));
}

async function* bytesOf(frames: Frames): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await frames.next();
    if (done) throw new PhylloError('io', 'receive archive: the connection ended within it');
    if (value.type === 'end') return;
    if (value.type === 'data') yield value.payload;
  }
}
