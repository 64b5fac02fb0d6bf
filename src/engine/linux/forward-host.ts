// Published ports, on the machine's side: sockets that listen in its network namespace. They are opened before the
// container starts, so that a port in use is told at once, and are then handed over to a process inside the container's
// network namespace (forward-inner.ts), which accepts from them and connects there.
import { type ChildProcess, spawn } from 'node:child_process';
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket as Connection, createServer, isIPv6 } from 'node:net';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import type { PortPublication, PublishedPort } from '../container.ts';

/** Comes with a socket: one that listens, or a connection that was accepted before there was anybody to serve it. */
export interface InnerMessage {
  readonly kind: 'listener' | 'connection' | 'datagrams';
  /** In the container. */
  readonly port: number;
}

interface Listener {
  readonly published: PublishedPort;
  readonly socket: Server | Socket;
  /** Connections nobody has read from yet. */
  readonly waiting: Connection[];
}

/** All protocols of the machine at once where it has both, else the one that it has. */
const ANY = '::';
const ANY_V4 = '0.0.0.0';

export class PortPublisher {
  readonly published: readonly PublishedPort[];
  /** Those that are still ours. */
  private readonly listeners: Listener[];
  private inner: ChildProcess | undefined;

  private constructor(listeners: Listener[]) {
    this.listeners = listeners;
    this.published = listeners.map(({ published }) => published);
  }

  /** Throws `already-exists` for a port in use, `read-only` for one that the user may not have. */
  static async open(ports: readonly PortPublication[]): Promise<PortPublisher> {
    const listeners: Listener[] = [];
    try {
      for (const port of ports) listeners.push(await listen(port));
    } catch (error) {
      for (const listener of listeners) closeAll(listener);
      throw error;
    }
    return new PortPublisher(listeners);
  }

  /**
   * Connections are served from now on; those that came before have waited. `netns` is the path of the namespace,
   * `program` the command of the inner process (`runInnerForwarder`).
   */
  async enter(netns: string, program: readonly string[]): Promise<void> {
    if (this.listeners.length === 0) return;
    const inner = spawn('nsenter', [`--net=${netns}`, '--', ...program], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.inner = inner;
    // Its end closes the ports by itself; whoever still uses them sees that.
    inner.once('error', () => undefined);
    for (const listener of this.listeners.splice(0)) await handOver(inner, listener);
  }

  /** The ports are free again afterwards. */
  async close(): Promise<void> {
    for (const listener of this.listeners.splice(0)) closeAll(listener);
    if (this.inner === undefined || this.inner.exitCode !== null || this.inner.signalCode !== null) return;
    this.inner.kill('SIGKILL');
    await once(this.inner, 'exit');
  }
}

async function handOver(inner: ChildProcess, { published, socket, waiting }: Listener): Promise<void> {
  const port = published.containerPort;
  await send(inner, { kind: published.protocol === 'tcp' ? 'listener' : 'datagrams', port }, socket);
  socket.close();
  for (const connection of waiting.splice(0)) await send(inner, { kind: 'connection', port }, connection);
}

function send(
  inner: ChildProcess,
  message: InnerMessage,
  handle: Server | Socket | Connection,
): Promise<void> {
  return new Promise((resolve, reject) => {
    inner.send(message, handle, {}, (error) => {
      if (error) reject(toPhylloError(error, `publish container port ${message.port}`));
      else resolve();
    });
  });
}

function closeAll({ socket, waiting }: Listener): void {
  socket.close();
  for (const connection of waiting.splice(0)) connection.destroy();
}

async function listen(port: PortPublication): Promise<Listener> {
  const hostIp = port.hostIp === '' ? ANY : port.hostIp;
  try {
    return await listenAt(port, hostIp);
  } catch (error) {
    const without = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].some((code) => isSystemError(error, code));
    if (port.hostIp === '' && without) return listenAt(port, ANY_V4).catch(refuse(port));
    return refuse(port)(error);
  }
}

async function listenAt(port: PortPublication, hostIp: string): Promise<Listener> {
  const wanted = port.hostPort ?? 0;
  const waiting: Connection[] = [];
  const socket =
    port.protocol === 'tcp' ? await listenTcp(hostIp, wanted, waiting) : await listenUdp(hostIp, wanted);
  const { port: hostPort } = socket.address() as AddressInfo;
  return { socket, waiting, published: { ...port, hostPort } };
}

async function listenTcp(host: string, port: number, waiting: Connection[]): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (connection) => {
    connection.on('error', () => connection.destroy());
    waiting.push(connection);
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}

async function listenUdp(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4' });
  socket.bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  return socket;
}

function refuse({ hostIp, hostPort, protocol }: PortPublication): (error: unknown) => never {
  return (error) => {
    const where = `${hostIp === '' ? ANY_V4 : hostIp}:${hostPort ?? 0}/${protocol}`;
    if (isSystemError(error, 'EADDRINUSE')) {
      throw new PhylloError('already-exists', `publish ${where}: port is already allocated`, {
        cause: error,
      });
    }
    if (isSystemError(error, 'EACCES')) {
      throw new PhylloError('read-only', `publish ${where}: permission denied`, {
        cause: error,
        hint: 'ports below net.ipv4.ip_unprivileged_port_start (1024) are for root',
      });
    }
    throw toPhylloError(error, `publish ${where}`);
  };
}
