// Where a registry is: from the host of a reference to an origin, and which hosts may be asked without TLS.
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { PhylloError, isSystemError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { networkError } from './errors.ts';

export const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_API = 'registry-1.docker.io';
/** What a server that does not speak TLS makes of a greeting in it. */
const NOT_TLS = ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'];

/** How a registry may be talked to. */
export type Security =
  /** TLS with a certificate that is verified. */
  | 'strict'
  /** The same, or no TLS at all where the server has none: nobody listens between us and this machine. */
  | 'loopback'
  /** The user said that this host is not to be verified. */
  | 'insecure';

export function securityOf(host: string, insecureHosts: ReadonlySet<string>): Security {
  if (insecureHosts.has(host) || insecureHosts.has('*')) return 'insecure';
  return isLoopback(hostnameOf(host)) ? 'loopback' : 'strict';
}

/** `host` is that of a reference: a name or address, with a port where it is not the usual one. */
export function registryAddress(host: string): string {
  return host === DOCKER_HUB ? DOCKER_HUB_API : host;
}

export function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** A name or address of a registry as people type it at login: `https://` and what follows the host are dropped. */
export function parseRegistryHost(text: string): string {
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const url = host === '' ? null : URL.parse(`https://${host}`);
  const isPlain = url !== null && url.username === '' && url.password === '' && /^[\w.:[\]-]+$/.test(host);
  if (!isPlain) {
    throw new PhylloError(
      'invalid-argument',
      `read registry ${safeText(JSON.stringify(text))}: expected host[:port]`,
    );
  }
  return ['index.docker.io', DOCKER_HUB_API].includes(host) ? DOCKER_HUB : host;
}

/** `https://host:port`, or `http://` where that is allowed and the server speaks no TLS. Throws `network`. */
export async function findOrigin(
  host: string,
  security: Security,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<string> {
  const address = registryAddress(host);
  const secure = new URL(`https://${address}`).origin;
  if (security === 'strict') return secure;
  return (await speaksTls(address, options)) ? secure : new URL(`http://${address}`).origin;
}

/** Only a greeting is sent. What the certificate is worth is seen when something is asked. */
function speaksTls(
  address: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const host = hostnameOf(address);
  const port = /:(\d+)$/.exec(address)?.[1];
  const name = isIP(host) === 0 ? { servername: host } : {};
  // Without TLS the usual port is another one.
  const isNotTls = port === undefined ? [...NOT_TLS, 'ECONNREFUSED'] : NOT_TLS;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port ?? 443), rejectUnauthorized: false, ...name });
    const end = (error: unknown): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      if (error === undefined) resolve(true);
      else if (isNotTls.some((code) => isSystemError(error, code))) resolve(false);
      else reject(networkError(new URL(`https://${address}`), error));
    };
    const stop = (): void => end(new DOMException('', 'AbortError'));
    const timer = setTimeout(() => end(new Error('nobody answers')), timeoutMs);
    socket.once('secureConnect', () => end(undefined));
    socket.on('error', end);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

/** An address, or a name of this machine: what only the user may send us to. */
export function isAddress(hostname: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return plain === 'localhost' || plain.endsWith('.localhost') || isIP(plain) !== 0;
}
