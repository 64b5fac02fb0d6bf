// Whoever waits for a container that was not started yet leaves a socket in its folder; the agent calls back there. Its end
// is then told even when it ends at once and is removed.
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, rmSync } from 'node:fs';
import { type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { toPhylloError } from '../../lib/errors.ts';
import { connectTo } from './control-socket.ts';

const PREFIX = 'wait-';
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/** Resolves with the connection when the container is started. Rejects with the reason of the signal. */
export async function awaitCall(directory: string, signal: AbortSignal): Promise<Socket> {
  const folder = openSync(directory, FOLDER);
  const name = `${PREFIX}${randomUUID()}`;
  const server = createServer();
  try {
    return await new Promise<Socket>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      server.once('error', (error) => reject(toPhylloError(error, 'wait for container')));
      server.once('connection', resolve);
      server.listen({ path: `/proc/self/fd/${folder}/${name}` });
      if (signal.aborted) reject(signal.reason as Error);
    });
  } finally {
    server.close();
    rmSync(join(directory, name), { force: true });
    closeSync(folder);
  }
}

/** Connections to all who wait; those who went away are forgotten. */
export async function callWaiters(directory: string): Promise<Socket[]> {
  const names = readdirSync(directory).filter((name) => name.startsWith(PREFIX));
  const calls = names.map(async (name) => {
    const socket = await connectTo(directory, name).catch(() => undefined);
    if (socket === undefined) rmSync(join(directory, name), { force: true });
    return socket;
  });
  return (await Promise.all(calls)).filter((socket) => socket !== undefined);
}
