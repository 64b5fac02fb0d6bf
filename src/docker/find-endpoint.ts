// Which engine is meant: DOCKER_HOST, then docker's current context, then the sockets where engines usually listen.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import { type Endpoint, type TlsFiles, parseEndpoint } from './endpoint.ts';
import { type Fields, fieldsOf, parseFields } from './fields.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_SOCKET = '/var/run/docker.sock';
const ROOT_PODMAN_SOCKET = '/run/podman/podman.sock';
const MAX_FILE_BYTES = 1024 * 1024;
const EMPTY = fieldsOf({});

/**
 * Says nothing about whether somebody listens there. Throws `invalid-argument` for an address or context that cannot be
 * read, `not-found` for a context that is not there.
 */
export async function findEndpoint(env: Environment): Promise<Endpoint> {
  const host = env['DOCKER_HOST'];
  if (host) return parseEndpoint(host, tlsOf(env));
  const configFolder = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
  const context =
    env['DOCKER_CONTEXT'] || (await readJsonFile(join(configFolder, 'config.json')))?.text('currentContext');
  if (context && context !== 'default') return await contextEndpoint(configFolder, context);
  return { kind: 'unix', path: usualSocket(env) };
}

function tlsOf(env: Environment): TlsFiles | undefined {
  if (!env['DOCKER_TLS_VERIFY'] && !env['DOCKER_TLS']) return undefined;
  const folder = env['DOCKER_CERT_PATH'] || env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
  return tlsFilesIn(folder, Boolean(env['DOCKER_TLS_VERIFY']));
}

function tlsFilesIn(folder: string, verify: boolean): TlsFiles {
  const named = (name: string): string | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  const [caPath, certPath, keyPath] = [named('ca.pem'), named('cert.pem'), named('key.pem')];
  return { verify, ...(caPath && { caPath }), ...(certPath && { certPath }), ...(keyPath && { keyPath }) };
}

async function contextEndpoint(configFolder: string, name: string): Promise<Endpoint> {
  // docker names the folder by a digest, so whatever the name holds, it stays in there.
  const key = createHash('sha256').update(name).digest('hex');
  const meta = await readJsonFile(join(configFolder, 'contexts', 'meta', key, 'meta.json'));
  const shown = safeText(JSON.stringify(name.slice(0, 200)));
  if (meta === undefined || meta.text('Name') !== name) {
    throw new PhylloError('not-found', `read docker context ${shown}: there is none of that name`, {
      hint: 'Choose another with `docker context use`, or set DOCKER_HOST.',
    });
  }
  const docker = meta.fields('Endpoints').fields('docker');
  const host = docker.text('Host');
  if (host === '') return { kind: 'unix', path: DEFAULT_SOCKET };
  const tlsFolder = join(configFolder, 'contexts', 'tls', key, 'docker');
  const tls = existsSync(tlsFolder) ? tlsFilesIn(tlsFolder, !docker.flag('SkipTLSVerify')) : undefined;
  return parseEndpoint(host, tls);
}

function usualSocket(env: Environment): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  const own = runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : [];
  const found = [DEFAULT_SOCKET, ...own, ROOT_PODMAN_SOCKET].find((path) => existsSync(path));
  return found ?? DEFAULT_SOCKET;
}

/** Undefined where there is no such file. */
async function readJsonFile(path: string): Promise<Fields | undefined> {
  try {
    const data = await readAll(createReadStream(path), MAX_FILE_BYTES, path);
    return data.length === 0 ? EMPTY : parseFields(data, safeText(path));
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw toPhylloError(error, `read ${safeText(path)}`);
  }
}
