// docker's config.json (and podman's auth.json, which has the same shape): read leniently, written as a whole, with all that
// others keep in it.
import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { makeDirectory, writeAtomically } from '../lib/files.ts';
import { type JsonObject, isJsonObject } from '../oci/json.ts';

export interface AuthEntry {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly username?: string;
  readonly password?: string;
}

export interface AuthFile {
  readonly path: string;
  readonly auths: Readonly<Record<string, AuthEntry>>;
  /** Host to helper. */
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const MAX_BYTES = 4 * 1024 * 1024;
const OTHERS_READ = 0o044;

/** undefined when there is none. Throws `io` for a damaged one: whoever is logged in must not go on as nobody. */
export async function readAuthFile(
  path: string,
  onWarning: (text: string) => void,
): Promise<AuthFile | undefined> {
  const document = await readDocument(path);
  if (document === undefined) return undefined;
  const { auths, credHelpers, credsStore } = document.value;
  const entries = Object.entries(isJsonObject(auths) ? auths : {});
  if (entries.some(([, entry]) => holdsSecret(entry)) && (document.mode & OTHERS_READ) !== 0)
    onWarning(`${path} can be read by others and has passwords in it; chmod 600 closes it`);
  return {
    path,
    auths: Object.fromEntries(entries.map(([host, entry]) => [host, strings(entry)])),
    credHelpers: strings(credHelpers),
    ...(typeof credsStore === 'string' && credsStore !== '' && { credsStore }),
  };
}

/** Changes `auths` and nothing else. Throws `read-only` for a link: where it leads may be read by others. */
export async function updateAuthFile(path: string, change: (auths: JsonObject) => JsonObject): Promise<void> {
  try {
    const value = (await readDocument(path))?.value ?? {};
    const auths = change(isJsonObject(value['auths']) ? value['auths'] : {});
    await makeDirectory(dirname(path));
    const info = await lstat(path).catch(() => undefined);
    if (info?.isSymbolicLink()) throw new PhylloError('read-only', `write ${path}: it is a symbolic link`);
    await writeAtomically(path, `${JSON.stringify({ ...value, auths }, undefined, '\t')}\n`, 0o600);
  } catch (error) {
    throw toPhylloError(error, `write ${path}`);
  }
}

async function readDocument(path: string): Promise<{ value: JsonObject; mode: number } | undefined> {
  let data: Buffer;
  let mode: number;
  try {
    [data, { mode }] = await Promise.all([readFile(path), lstat(path)]);
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw toPhylloError(error, `read ${path}`);
  }
  const value = data.length > MAX_BYTES ? undefined : parsed(data.toString('utf8'));
  if (isJsonObject(value)) return { value, mode };
  throw new PhylloError('io', `read ${path}: it is no JSON object`, { hint: 'Mend it, or move it away.' });
}

/** What JSON.parse says repeats a piece of the text, which may be a password. */
function parsed(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function strings(value: unknown): Record<string, string> {
  const entries = Object.entries(isJsonObject(value) ? value : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function holdsSecret(entry: unknown): boolean {
  const { auth, identitytoken, password } = strings(entry);
  return [auth, identitytoken, password].some((secret) => secret !== undefined && secret !== '');
}
