// The socket of a running container: `ctl.sock` in its folder. Paths of sockets may have 107 bytes and those of stores
// have more, so that both sides name it by a descriptor of the folder.
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { FrameConnection } from '../frame-connection.ts';
import { type ControlHost, serveConnection } from './control-server.ts';

const NAME = 'ctl.sock';
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

export class ControlSocket {
  private readonly server: Server;
  private readonly folder: number;
  private readonly directory: string;
  private readonly host: ControlHost;
  private readonly exchanges = new Set<Promise<void>>();

  private constructor(directory: string, host: ControlHost) {
    this.directory = directory;
    this.folder = openSync(directory, FOLDER);
    this.server = createServer((socket) => this.serve(socket));
    this.host = host;
  }

  serve(socket: Socket): void {
    const connection = new FrameConnection(socket);
    const exchange = serveConnection(connection, connection.frames(), this.host).catch(() => undefined);
    this.exchanges.add(exchange);
    void exchange.finally(() => {
      this.exchanges.delete(exchange);
      socket.destroy();
    });
  }

  /** The caller holds the container's lock: a socket that is there is nobody's. */
  static async listen(directory: string, host: ControlHost): Promise<ControlSocket> {
    rmSync(join(directory, NAME), { force: true });
    const control = new ControlSocket(directory, host);
    await new Promise<void>((resolve, reject) => {
      control.server.once('error', reject);
      control.server.listen({ path: `/proc/self/fd/${control.folder}/${NAME}` }, resolve);
    });
    return control;
  }

  /** Nobody new is let in. */
  close(): void {
    this.server.close();
    rmSync(join(this.directory, NAME), { force: true });
    closeSync(this.folder);
  }

  /** Resolves when everybody who was let in has their answer. */
  async answered(): Promise<void> {
    while (this.exchanges.size > 0) await Promise.all(this.exchanges);
  }
}

/** Throws `invalid-argument` when nobody listens: the container does not run. */
export async function connectControl(directory: string): Promise<Socket> {
  try {
    return await connectTo(directory, NAME);
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].some((code) => isSystemError(error, code))) {
      throw new PhylloError('invalid-argument', 'reach process of container: it is not running', {
        cause: error,
      });
    }
    throw toPhylloError(error, 'reach container');
  }
}

/** Throws the system's error. */
export async function connectTo(directory: string, name: string): Promise<Socket> {
  const folder = openSync(directory, FOLDER);
  try {
    return await new Promise((resolve, reject) => {
      const socket = connect({ path: `/proc/self/fd/${folder}/${name}` });
      // It stays: the other side may go away before anybody else listens.
      socket.on('error', reject);
      socket.once('connect', () => resolve(socket));
    });
  } finally {
    closeSync(folder);
  }
}
