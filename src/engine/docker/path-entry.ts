// A path of a container as an entry of a layer: the first header of its archive tells owner and attributes, which the
// engine tells nowhere else. Contents are not fetched.
import type { DockerClient } from '../../docker/client.ts';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { EngineStat } from './path-stat.ts';

const NOTHING = new Uint8Array(0);

export interface EntryPlace {
  readonly client: DockerClient;
  readonly base: string;
  /** No leading slash. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined when it went away meanwhile. */
export async function pathEntry(place: EntryPlace, stat: EngineStat): Promise<TarEntry | undefined> {
  const path = Buffer.from(place.path);
  // Podman follows links here.
  if (stat.type === 'symlink' && (await place.client.facts()).isPodman) return entryOf(path, stat);
  const found = await firstEntry(place);
  return found === undefined ? undefined : { ...found, path, dataOffset: -1 };
}

/** With what the stat alone tells: the owner counts as root. */
export function entryOf(path: Uint8Array, { type, sizeBytes, mode, mtime, target }: EngineStat): TarEntry {
  return {
    path,
    // What it is exactly is not told: a pipe is the most harmless of what it can be.
    type: type === 'other' ? 'fifo' : type,
    mode,
    uid: 0,
    gid: 0,
    sizeBytes: type === 'file' ? sizeBytes : 0,
    mtimeSeconds: Math.floor((Date.parse(mtime) || 0) / 1000),
    mtimeNanos: Number(/\.(\d{1,9})/.exec(mtime)?.[1]?.padEnd(9, '0') ?? 0),
    linkname: target,
    devMajor: 0,
    devMinor: 0,
    xattrs: undefined,
    dataOffset: -1,
    storedBytes: 0,
    sparse: undefined,
  };
}

/** The connection is given up as soon as the header is here: engines stop packing then. */
async function firstEntry({ client, base, path, signal }: EntryPlace): Promise<TarEntry | undefined> {
  let first: TarEntry | undefined;
  const parser = new TarParser({ entry: (entry) => (first ??= entry) });
  try {
    const request = {
      path: `${base}/archive`,
      query: { path: `/${path}` },
      doing: 'look at a change',
      signal,
    };
    const answer = await client.stream(request);
    for await (const chunk of answer) {
      parser.write(chunk as Uint8Array);
      if (first !== undefined) break;
    }
    return first && { ...first, xattrs: first.xattrs, linkname: first.linkname ?? NOTHING };
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return undefined;
    throw error;
  }
}
