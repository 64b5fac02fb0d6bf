// The images that an engine keeps.
import { Readable } from 'node:stream';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { counted } from '../lib/streams.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import type { DockerClient } from './client.ts';
import { shortened } from './errors.ts';
import type { Fields } from './fields.ts';
import { jsonLines } from './json-lines.ts';

export interface DaemonImage {
  readonly id: Digest;
  /** Foreign text. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
  /** Seconds since the epoch. */
  readonly createdSeconds: number;
}

export interface DaemonImageDetails {
  readonly id: Digest;
  readonly names: readonly string[];
  readonly diffIDs: readonly Digest[];
  readonly sizeBytes: number;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (done: number) => void;
}

export async function listImages(client: DockerClient, signal?: AbortSignal): Promise<DaemonImage[]> {
  const found = await client.list({ path: '/images/json', doing: 'list images', signal });
  return found.flatMap((image) => {
    const id = image.text('Id');
    if (!isDigest(id)) return [];
    const names = image.texts('RepoTags').filter((name) => name !== '<none>:<none>');
    return [{ id, names, sizeBytes: image.integer('Size'), createdSeconds: image.integer('Created') }];
  });
}

/** By name, ID or the start of one; undefined when the engine has none. */
export async function inspectImage(
  client: DockerClient,
  name: string,
  signal?: AbortSignal,
): Promise<DaemonImageDetails | undefined> {
  try {
    const path = `/images/${encodeURIComponent(name)}/json`;
    return imageDetails(await client.fields({ path, doing: 'inspect image', signal }));
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return undefined;
    throw error;
  }
}

function imageDetails(image: Fields): DaemonImageDetails {
  const id = image.text('Id');
  // Podman gives IDs without their algorithm in places.
  const digest = isDigest(id) ? id : `sha256:${id}`;
  if (!isDigest(digest)) throw new PhylloError('network', 'inspect image: the engine gave no ID');
  return {
    id: digest,
    names: image.texts('RepoTags'),
    diffIDs: image.fields('RootFS').texts('Layers').filter(isDigest),
    sizeBytes: image.integer('Size'),
  };
}

/**
 * Hands a docker-archive over; the names and IDs that the engine found in it (foreign text). Throws `invalid-archive`
 * with the engine's words in `data.reason`.
 */
export async function loadImages(
  client: DockerClient,
  archive: Readable,
  { signal, onBytes }: LoadOptions = {},
): Promise<string[]> {
  const doing = 'load image into the engine';
  const body = onBytes ? Readable.from(counted(archive, onBytes), { objectMode: false }) : archive;
  const request = { method: 'POST', path: '/images/load', query: { quiet: 1 }, timeoutMs: 0 } as const;
  const answer = await client.stream({ ...request, body, doing, signal });
  const loaded: string[] = [];
  for await (const line of jsonLines(answer, doing)) {
    const reason = shortened(line.fields('errorDetail').text('message') || line.text('error'));
    if (reason !== '') throw new PhylloError('invalid-archive', `${doing}: ${reason}`, { data: { reason } });
    for (const [, name] of line.text('stream').matchAll(/Loaded image(?:\(s\)| ID)?: (\S+)/g))
      loaded.push(name!);
  }
  return loaded;
}

/** A docker-archive of them. */
export function saveImages(
  client: DockerClient,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Readable> {
  const doing = 'save image from the engine';
  const [only] = names;
  if (names.length === 1) {
    return client.stream({ path: `/images/${encodeURIComponent(only!)}/get`, doing, signal, timeoutMs: 0 });
  }
  const list = names.map((name) => `names=${encodeURIComponent(name)}`).join('&');
  return client.stream({ path: `/images/get?${list}`, doing, signal, timeoutMs: 0 });
}

/** `parents` removes images without a name that were below it, too. */
export async function removeImage(
  client: DockerClient,
  name: string,
  { force = false, parents = true }: { force?: boolean; parents?: boolean } = {},
): Promise<void> {
  const query = { force: force ? 1 : undefined, noprune: parents ? undefined : 1 };
  await client.send({
    method: 'DELETE',
    path: `/images/${encodeURIComponent(name)}`,
    query,
    doing: 'remove image',
  });
}
