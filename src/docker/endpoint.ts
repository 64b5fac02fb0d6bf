// Where a Docker Engine listens, as DOCKER_HOST and contexts write it.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

export interface TlsFiles {
  /** Absent: the authorities that the system trusts. */
  readonly caPath?: string;
  readonly certPath?: string;
  readonly keyPath?: string;
  /** False: anybody may be at the other end. */
  readonly verify: boolean;
}

export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly user?: string;
      readonly port?: number;
      /** The socket over there; absent: what docker uses there. */
      readonly socketPath?: string;
    };

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;
/** What neither ssh nor the shell at its other end could take for something else. */
const SSH_HOST = /^[A-Za-z0-9_[][A-Za-z0-9_.:[\]-]*$/;
const SSH_USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;
const SSH_SOCKET = /^\/[A-Za-z0-9_.@+/-]+$/;

/** Throws `invalid-argument` for what is no address of an engine. */
export function parseEndpoint(text: string, tls?: TlsFiles): Endpoint {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case 'unix':
      if (rest === '' || rest!.includes('\0')) throw unreadable(text, 'the path of the socket is missing');
      return { kind: 'unix', path: rest! };
    case 'tcp':
    case 'http':
    case 'https':
      return parseTcp(text, scheme === 'https' ? (tls ?? { verify: true }) : tls);
    case 'ssh':
      return parseSsh(text);
    default:
      throw unreadable(text, 'expected unix://, tcp:// or ssh://');
  }
}

function parseTcp(text: string, tls: TlsFiles | undefined): Endpoint {
  const url = parsed(text);
  if (url.pathname !== '' && url.pathname !== '/') throw unreadable(text, 'a path is not supported');
  if (url.username !== '' || url.password !== '') throw unreadable(text, 'a user is not supported');
  const port = Number(url.port) || (tls ? TLS_PORT : PLAIN_PORT);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1';
  return { kind: 'tcp', host, port, ...(tls && { tls }) };
}

function parseSsh(text: string): Endpoint {
  const url = parsed(text);
  const user = decoded(url.username, text);
  const socketPath = url.pathname === '/' ? '' : decoded(url.pathname, text);
  if (url.password !== '') throw unreadable(text, 'a password in it is not supported');
  if (!SSH_HOST.test(url.hostname)) throw unreadable(text, 'the host is none that ssh may be given');
  if (user !== '' && !SSH_USER.test(user)) throw unreadable(text, 'the user is none that ssh may be given');
  if (socketPath !== '' && !SSH_SOCKET.test(socketPath))
    throw unreadable(text, 'the path of the socket is odd');
  return {
    kind: 'ssh',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(user !== '' && { user }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(socketPath !== '' && { socketPath }),
  };
}

/** URL knows no default host for schemes that it does not know; with `http` it reads them all alike. */
function parsed(text: string): URL {
  try {
    const url = new URL(text.replace(/^[a-z]+:/, 'x:'));
    if (url.search !== '' || url.hash !== '') throw unreadable(text, 'there is more behind the address');
    return url;
  } catch (error) {
    if (error instanceof PhylloError) throw error;
    throw unreadable(text, 'it is not an address');
  }
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadable(text, 'it is not an address');
  }
}

function unreadable(text: string, reason: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `read engine address ${safeText(JSON.stringify(text.slice(0, 200)))}: ${reason}`,
    { hint: 'DOCKER_HOST has forms such as unix:///var/run/docker.sock, tcp://host:2376, ssh://user@host.' },
  );
}

/** For people, safe to show. */
export function endpointText(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return safeText(`unix://${endpoint.path}`);
    case 'tcp':
      return safeText(`tcp://${endpoint.host}:${endpoint.port}`);
    case 'ssh':
      return safeText(`ssh://${endpoint.user === undefined ? '' : `${endpoint.user}@`}${endpoint.host}`);
  }
}

/** Whether its paths are those of another machine. */
export function isRemote(endpoint: Endpoint): boolean {
  if (endpoint.kind === 'tcp') return !/^(localhost|127(\.\d+){3}|::1)$/.test(endpoint.host);
  return endpoint.kind === 'ssh';
}
