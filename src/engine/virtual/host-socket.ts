// Where the program that holds a running container listens. Names of unix sockets are short (108 bytes): a directory with
// a longer one is reached through a link of a short name.
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { type Server, type Socket, connect } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const SOCKET = 'ctl.sock';
const MAX_SOCKET_PATH = 100;

/** Runs `use` with a name of the container's socket that the system takes. */
async function withSocketPath<Result>(
  directory: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  if (platform() === 'win32') return use(`\\\\.\\pipe\\phyllo-${basename(directory)}`);
  const path = join(directory, SOCKET);
  if (Buffer.byteLength(path) < MAX_SOCKET_PATH) return use(path);
  const short = await mkdtemp(join(tmpdir(), 'phyllo-'));
  try {
    await symlink(directory, join(short, 'c'));
    return await use(join(short, 'c', SOCKET));
  } finally {
    await rm(short, { recursive: true, force: true });
  }
}

export async function listenFor(directory: string, server: Server): Promise<void> {
  await rm(join(directory, SOCKET), { force: true });
  await withSocketPath(
    directory,
    (path) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => {
          server.off('error', reject);
          resolve();
        });
      }),
  );
}

/** Throws errors of the system. */
export function connectTo(directory: string): Promise<Socket> {
  return withSocketPath(
    directory,
    (path) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(path);
        // It stays: the other side may go away before anybody else listens.
        socket.on('error', reject);
        socket.once('connect', () => resolve(socket));
      }),
  );
}
