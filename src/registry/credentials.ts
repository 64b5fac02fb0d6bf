// What registries are logged in to with: docker's config.json, podman's auth.json, and the helper programs that they name.
// Credentials belong to one exact host; nothing is ever taken for another one.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import { type AuthFile, readAuthFile, updateAuthFile } from './auth-file.ts';
import { runHelper } from './credential-helper.ts';
import { DOCKER_HUB } from './endpoint.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  readonly username: string;
  /** A password, or a token that stands for one. */
  readonly secret: string;
  /** Of a token service, to be changed for tokens; `secret` is empty then. */
  readonly identityToken?: string;
}

export interface CredentialSource {
  /** undefined when there are none. Throws when they should be there and cannot be had. */
  get(host: string): Promise<Credentials | undefined>;
}

/** Under what docker keeps those of Docker Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
/** A helper's user name that says that the secret is an identity token. */
const TOKEN_USER = '<token>';

export interface SavedLogin {
  /** The file, or the helper's name. */
  readonly where: string;
  /** As text that everybody can read who reads the file. */
  readonly isPlain: boolean;
}

export class CredentialStore implements CredentialSource {
  /** In the order in which they are asked; the first one is written. */
  private readonly paths: readonly [string, ...string[]];
  private readonly env: Environment;
  private readonly onWarning: (text: string) => void;

  constructor(env: Environment, onWarning: (text: string) => void = () => undefined) {
    this.env = env;
    this.paths = authFiles(env);
    this.onWarning = onWarning;
  }

  async get(host: string): Promise<Credentials | undefined> {
    for (const path of this.paths) {
      const file = await readAuthFile(path, this.onWarning);
      const found = file && (await this.inFile(file, host));
      if (found) return found;
    }
    return undefined;
  }

  private async inFile(file: AuthFile, host: string): Promise<Credentials | undefined> {
    const helper = helperFor(file, host);
    if (helper === undefined) return decodeEntry(entryOf(file, host), host, file.path);
    const found = await runHelper(helper, 'get', keyOf(host), this.env);
    if (found === undefined) return undefined;
    const { username, secret } = found;
    return username === TOKEN_USER
      ? { username: '', secret: '', identityToken: secret }
      : { username, secret };
  }

  async save(host: string, { username, secret, identityToken }: Credentials): Promise<SavedLogin> {
    const [path] = this.paths;
    const key = keyOf(host);
    const file = (await readAuthFile(path, this.onWarning)) ?? { path, auths: {}, credHelpers: {} };
    const helper = helperFor(file, host);
    if (helper === undefined) {
      const auth = Buffer.from(`${username}:${secret}`).toString('base64');
      const entry = { auth, ...(identityToken !== undefined && { identitytoken: identityToken }) };
      await updateAuthFile(path, (auths) => ({ ...auths, [key]: entry }));
      return { where: path, isPlain: true };
    }
    const stored =
      identityToken === undefined ? { username, secret } : { username: TOKEN_USER, secret: identityToken };
    await runHelper(helper, 'store', key, this.env, stored);
    await updateAuthFile(path, (auths) => ({ ...auths, [key]: {} }));
    return { where: `docker-credential-${helper}`, isPlain: false };
  }

  /** From every file and helper that has them. False when nobody had any. */
  async erase(host: string): Promise<boolean> {
    let wasThere = false;
    for (const path of this.paths) {
      const file = await readAuthFile(path, this.onWarning);
      if (file === undefined) continue;
      const helper = helperFor(file, host);
      if (helper !== undefined && (await runHelper(helper, 'get', keyOf(host), this.env))) {
        await runHelper(helper, 'erase', keyOf(host), this.env);
        wasThere = true;
      }
      const keys = Object.keys(file.auths).filter((key) => isKeyOf(key, host));
      if (keys.length === 0) continue;
      wasThere = true;
      await updateAuthFile(path, (auths) =>
        Object.fromEntries(Object.entries(auths).filter(([key]) => !keys.includes(key))),
      );
    }
    return wasThere;
  }
}

/** What is named in the environment comes first, docker's own before podman's. */
function authFiles(env: Environment): [string, ...string[]] {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = env;
  const docker = join(DOCKER_CONFIG || join(env['HOME'] || homedir(), '.docker'), 'config.json');
  if (REGISTRY_AUTH_FILE) return DOCKER_CONFIG ? [docker, REGISTRY_AUTH_FILE] : [REGISTRY_AUTH_FILE, docker];
  return XDG_RUNTIME_DIR ? [docker, join(XDG_RUNTIME_DIR, 'containers/auth.json')] : [docker];
}

function keyOf(host: string): string {
  return host === DOCKER_HUB ? DOCKER_HUB_KEY : host;
}

/** docker wrote whole URLs once, and podman writes plain hosts. */
function isKeyOf(key: string, host: string): boolean {
  if (host === DOCKER_HUB) return [DOCKER_HUB_KEY, DOCKER_HUB, 'index.docker.io'].includes(key);
  return key === host || key.replace(/^https?:\/\//, '').replace(/\/.*$/, '') === host;
}

function entryOf({ auths }: AuthFile, host: string): AuthFile['auths'][string] | undefined {
  const exact = Object.hasOwn(auths, keyOf(host)) ? auths[keyOf(host)] : undefined;
  return exact ?? Object.entries(auths).find(([key]) => isKeyOf(key, host) && !isPath(key))?.[1];
}

/** podman keeps logins for parts of a registry (`host/team`) too: these are not for the whole host. */
function isPath(key: string): boolean {
  return !/^https?:\/\//.test(key) && key.includes('/');
}

function helperFor({ credHelpers, credsStore }: AuthFile, host: string): string | undefined {
  const own = Object.entries(credHelpers).find(([key]) => isKeyOf(key, host))?.[1];
  return own ?? credsStore;
}

function decodeEntry(
  entry: AuthFile['auths'][string] | undefined,
  host: string,
  path: string,
): Credentials | undefined {
  if (entry === undefined) return undefined;
  const { auth, identitytoken, username, password } = entry;
  const pair = auth === undefined || auth === '' ? undefined : Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair?.indexOf(':') ?? -1;
  if (pair !== undefined && colon < 0) {
    throw new PhylloError('unauthorized', `read ${path}: the login for ${host} is damaged`, {
      hint: `Log in again: phyllo login ${host}.`,
    });
  }
  const user = pair?.slice(0, colon) ?? username ?? '';
  // docker pads with NUL bytes.
  const secret = (pair?.slice(colon + 1) ?? password ?? '').replace(/\0+$/, '');
  if (identitytoken) return { username: user, secret, identityToken: identitytoken };
  return user === '' && secret === '' ? undefined : { username: user, secret };
}
