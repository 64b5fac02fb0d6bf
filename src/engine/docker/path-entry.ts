// A path of a container as an entry of a layer: the first header of its archive tells owner and attributes, which the
// engine tells nowhere else. Contents are not fetched.
import type { DockerClient } from '../../docker/client.ts';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { EngineStat } from './path-stat.ts';

/** Of an archive that is searched for one header. */
const MAX_ARCHIVE_BYTES = 2 * 1024 * 1024;

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
  if (stat.type === 'symlink' && (await place.client.facts()).isPodman) return await podmanLink(place, stat);
  const found = await firstEntry(place.path, { place, isWanted: () => true });
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

/** Podman packs what a link leads to. As a part of its directory it is packed as it is: worth it where that is near. */
async function podmanLink(place: EntryPlace, stat: EngineStat): Promise<TarEntry> {
  const path = Buffer.from(place.path);
  const slash = place.path.lastIndexOf('/');
  const name = Buffer.from(place.path.slice(slash + 1)).toString('latin1');
  // The directory's own name comes first, but for the root.
  const isWanted = (entry: TarEntry): boolean => {
    const parts = Buffer.from(entry.path).toString('latin1').split('/');
    return entry.type === 'symlink' && parts.length <= 2 && parts.at(-1) === name;
  };
  const found = await firstEntry(place.path.slice(0, Math.max(0, slash)), { place, isWanted });
  return found === undefined ? entryOf(path, stat) : { ...found, path, dataOffset: -1 };
}

/** The connection is given up as soon as the header is here: engines stop packing then. */
async function firstEntry(
  path: string,
  { place, isWanted }: { readonly place: EntryPlace; readonly isWanted: (entry: TarEntry) => boolean },
): Promise<TarEntry | undefined> {
  const { client, base, signal } = place;
  let found: TarEntry | undefined;
  let leftBytes = MAX_ARCHIVE_BYTES;
  const parser = new TarParser({
    entry: (entry) => {
      if (found === undefined && isWanted(entry)) found = entry;
    },
  });
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
      leftBytes -= (chunk as Uint8Array).length;
      if (found !== undefined || leftBytes < 0) break;
    }
    return found;
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return undefined;
    throw error;
  }
}
