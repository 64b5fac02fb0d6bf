// Debian's docker-registry in a folder of its own, plain or with TLS and logins.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificates } from './certificates.ts';

export interface DockerRegistry {
  /** `127.0.0.1:PORT`, or `localhost:PORT` with TLS. */
  readonly host: string;
  /** With TLS: the folder with ca.crt alone, as skopeo wants it, and the one above it, by host. */
  readonly certificates: { readonly own: string; readonly all: string } | undefined;
  stop(): Promise<void>;
}

export const REGISTRY_LOGIN = { username: 'phyllo', password: 'canary-registry-password' } as const;
const READY_MS = 10_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startDockerRegistry(
  folder: string,
  { secure = false }: { secure?: boolean } = {},
): Promise<DockerRegistry> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const host = `${secure ? 'localhost' : '127.0.0.1'}:${port}`;
  const lines = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {filesystem: {rootdirectory: ${join(folder, 'data')}}}`,
    `http: {addr: '127.0.0.1:${port}'${secure ? `, tls: {certificate: ${join(folder, 'server.crt')}, key: ${join(folder, 'server.key')}}` : ''}}`,
  ];
  if (secure) lines.push(`auth: {htpasswd: {realm: phyllo, path: ${join(folder, 'htpasswd')}}}`);
  const certificates = secure ? makeLogins(folder, host) : undefined;
  writeFileSync(join(folder, 'config.yml'), `${lines.join('\n')}\n`);
  // Any REGISTRY_… of the environment would win over the file.
  const environment = { PATH: env['PATH'] ?? '' };
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    env: environment,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  await untilItListens(port, stop);
  return { host, certificates, stop };
}

function makeLogins(folder: string, host: string): { own: string; all: string } {
  const { authority } = makeCertificates(folder);
  const { username, password } = REGISTRY_LOGIN;
  const line = execFileSync('htpasswd', ['-Bbn', username, password], { encoding: 'utf8' });
  writeFileSync(join(folder, 'htpasswd'), line);
  const all = join(folder, 'containers/certs.d');
  const own = join(all, host);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'ca.crt'), authority);
  return { own, all };
}

async function untilItListens(port: number, stop: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + READY_MS; ; await sleep(20)) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isThere) return;
    if (performance.now() < deadline) continue;
    await stop();
    throw new Error('docker-registry does not start');
  }
}
