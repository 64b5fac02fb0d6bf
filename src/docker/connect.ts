// Opens connections to an engine, each a duplex stream of bytes.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Socket, connect as connectSocket, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { connectError } from './errors.ts';
import { type Endpoint, type TlsFiles, endpointText } from './endpoint.ts';
import type { Environment } from './find-endpoint.ts';
import { SshConnection } from './ssh-connection.ts';

export interface ConnectOptions {
  readonly env: Environment;
  readonly timeoutMs: number;
}

/** Throws `engine-unavailable`. */
export async function openConnection(
  endpoint: Endpoint,
  { env, timeoutMs }: ConnectOptions,
): Promise<Duplex> {
  if (endpoint.kind === 'ssh') return new SshConnection(endpoint, env);
  const isTls = endpoint.kind === 'tcp' && endpoint.tls !== undefined;
  const socket = isTls ? await tlsSocket(endpoint, endpoint.tls) : plainSocket(endpoint);
  const timer = setTimeout(() => socket.destroy(timeout(endpoint, timeoutMs)), timeoutMs);
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect');
    return socket;
  } catch (error) {
    throw connectError(error, endpoint);
  } finally {
    clearTimeout(timer);
  }
}

/** A container's standard input ends before its output does: either half is closed by itself. */
function plainSocket(endpoint: Exclude<Endpoint, { kind: 'ssh' }>): Socket {
  if (endpoint.kind === 'unix') return connectSocket({ path: endpoint.path, allowHalfOpen: true });
  return connectSocket({ host: endpoint.host, port: endpoint.port, allowHalfOpen: true });
}

async function tlsSocket(endpoint: Endpoint & { kind: 'tcp' }, tls: TlsFiles): Promise<Socket> {
  const [ca, cert, key] = await Promise.all([
    readIfNamed(tls.caPath),
    readIfNamed(tls.certPath),
    readIfNamed(tls.keyPath),
  ]);
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host: endpoint.host,
    port: endpoint.port,
    minVersion: 'TLSv1.2',
    allowHalfOpen: true,
    rejectUnauthorized: tls.verify,
  };
  // A server name must not be an address.
  if (!isIP(endpoint.host)) options.servername = endpoint.host;
  if (ca) options.ca = ca;
  if (cert && key) Object.assign(options, { cert, key });
  return connectTls(options);
}

async function readIfNamed(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw toPhylloError(error, `read ${safeText(path)}`);
  }
}

export function timeout(endpoint: Endpoint, timeoutMs: number): PhylloError {
  return new PhylloError(
    'engine-unavailable',
    `ask the engine at ${endpointText(endpoint)}: no answer in ${timeoutMs / 1000} s`,
    { hint: 'Is it busy, or out of reach?' },
  );
}
