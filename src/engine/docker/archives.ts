// Files into and out of a container, as tars.
import { Readable } from 'node:stream';
import { encodeHeader } from '../../layer/tar-writer.ts';
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import { mapTar } from './map-tar.ts';
import { type ContainerPath, engineStat, statPath } from './path-stat.ts';

const END = new Uint8Array(1024);

/** As `Engine.getArchive`. */
export async function getArchive(place: ContainerPath): Promise<Readable> {
  const { client, base, path, signal } = place;
  if ((await client.facts()).isPodman) {
    // Podman packs what a link leads to, under the link's name.
    const stat = await engineStat(place);
    if (stat.type === 'symlink') return linkArchive(path, stat.target);
  }
  const doing = `copy ${safeBytes(path)} from the container`;
  return await client.stream({ path: `${base}/archive`, query: { path }, doing, signal, timeoutMs: 0 });
}

function linkArchive(path: Uint8Array, target: Uint8Array): Readable {
  const name = path.subarray(path.lastIndexOf(0x2f) + 1);
  const header = encodeHeader({ path: name, type: 'symlink', mode: 0o777, linkname: target });
  return Readable.from([header, END], { objectMode: false });
}

export interface PutOptions {
  readonly tar: Readable;
  /** The users and groups of the tar, else root. */
  readonly owners: boolean;
}

/** As `Engine.putArchive`. Engines do not agree on what happens to a directory that is not there. */
export async function putArchive(place: ContainerPath, { tar, owners }: PutOptions): Promise<void> {
  const { client, base, path, signal } = place;
  const { type } = await statPath(place, true);
  if (type !== 'dir') {
    throw new PhylloError('invalid-argument', `copy to ${safeBytes(path)}: it is not a directory`);
  }
  const body = owners ? tar : Readable.from(ownedByRoot(tar), { objectMode: false });
  await client.send({
    method: 'PUT',
    path: `${base}/archive`,
    query: { path },
    body,
    doing: `copy to ${safeBytes(path)} in the container`,
    signal,
    timeoutMs: 0,
  });
}

function ownedByRoot(tar: Readable): AsyncGenerator<Uint8Array> {
  return mapTar(tar, (entry) => ({ ...entry, uid: 0, gid: 0 }));
}
