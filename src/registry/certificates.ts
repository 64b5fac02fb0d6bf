// Whom we trust: the authorities of Node and of the system, and for single hosts those that docker's and podman's
// folders name, with certificates of ours where a registry asks for one.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type SecureContext, createSecureContext, getCACertificates } from 'node:tls';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import type { TlsOptions } from './http.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface HostCertificates {
  readonly authorities: readonly string[];
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** Where `<host:port>/ca.crt` may lie. */
export function certificateFolders(env: Environment): string[] {
  const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '/nonexistent', '.config');
  return [
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
    join(config, 'containers/certs.d'),
    join(config, 'docker/certs.d'),
  ];
}

export class Certificates {
  private readonly folders: readonly string[];
  private shared: SecureContext | undefined;

  constructor(folders: readonly string[]) {
    this.folders = folders;
  }

  async tlsFor(host: string, isVerified: boolean): Promise<TlsOptions> {
    const own = await readHostCertificates(this.folders, host);
    return { secureContext: this.contextFor(own, host), rejectUnauthorized: isVerified };
  }

  /** Reading some hundred authorities takes time: hosts without their own share one context. */
  private contextFor({ authorities, client }: HostCertificates, host: string): SecureContext {
    if (authorities.length === 0 && client === undefined) {
      this.shared ??= createSecureContext({ ca: trusted() });
      return this.shared;
    }
    try {
      return createSecureContext({ ca: [...trusted(), ...authorities], ...client });
    } catch (error) {
      throw new PhylloError('io', `read certificates for ${host}: they are damaged`, { cause: error });
    }
  }
}

function trusted(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

/** `*.crt` are authorities, `X.cert` with `X.key` is what we show. */
export async function readHostCertificates(
  folders: readonly string[],
  host: string,
): Promise<HostCertificates> {
  const authorities: string[] = [];
  let client: HostCertificates['client'];
  for (const folder of folders.map((path) => join(path, host))) {
    for (const name of await namesIn(folder)) {
      if (name.endsWith('.crt')) authorities.push(await text(join(folder, name)));
      if (!name.endsWith('.cert')) continue;
      const key = join(folder, name.replace(/cert$/, 'key'));
      client = { cert: await text(join(folder, name)), key: await text(key) };
    }
  }
  return { authorities, client };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    // A folder that may not be looked into is docker's own affair.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].some((code) => isSystemError(error, code))) return [];
    throw toPhylloError(error, `read ${folder}`);
  }
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw toPhylloError(error, `read certificate ${path}`);
  });
}
