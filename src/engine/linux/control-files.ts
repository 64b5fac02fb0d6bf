// What an agent can tell of a container's files and do to them: the R/W layer from its upperdir, everything else from the
// mounted root.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PhylloError } from '../../lib/errors.ts';
import { readAt } from '../../lib/files.ts';
import { safeBytes } from '../../lib/text.ts';
import { Directory, latin1, raw } from '../../layer/apply-directory.ts';
import type { PathStat } from '../engine.ts';
import { type RootPath, absolutePath, placeOf, resolveInRoot } from './root-path.ts';

const READ_BYTES = 256 * 1024;

export interface FilePlaces {
  readonly upper: string;
  /** The mounted root; absent where nothing is mounted. */
  readonly rootfs?: string;
  /** Unpacked layers, the base first. */
  readonly lowers: readonly string[];
  /** What the runtime needs as mount points, no leading slash. */
  readonly stubs: readonly Uint8Array[];
}

export type WireStat = Omit<PathStat, 'path'> & { readonly path: string };

/** Paths have one character a byte. */
export class ContainerFiles {
  private readonly places: FilePlaces;

  constructor(places: FilePlaces) {
    this.places = places;
  }

  /** The encoded live layer, each with its size in front as 4 bytes. */
  async *changes(follow: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { encodeLiveLayer } = await import('../../snapshot/live-wire.ts');
    const options = { exclude: this.places.stubs, lowers: this.places.lowers.toReversed() };
    const { upper } = this.places;
    if (!follow) {
      const { readUpper } = await import('../../snapshot/upper.ts');
      yield* framed(encodeLiveLayer(await readUpper(upper, { ...options, signal })));
      return;
    }
    const { UpperWatch } = await import('../../snapshot/upper-watch.ts');
    for await (const layer of new UpperWatch(upper, options).layers(signal))
      yield* framed(encodeLiveLayer(layer));
  }

  async *layer(exclude: readonly string[]): AsyncGenerator<Uint8Array> {
    const { upperMembers } = await import('../../snapshot/upper-members.ts');
    const { writeTar } = await import('../../layer/tar-writer.ts');
    const { upper, stubs } = this.places;
    const lowers = this.places.lowers.toReversed();
    yield* writeTar(upperMembers(upper, { exclude: exclude.map(raw), stubs, lowers }));
  }

  async *export(): AsyncGenerator<Uint8Array> {
    const { readDirectory } = await import('../../layer/make.ts');
    const { writeTar } = await import('../../layer/tar-writer.ts');
    yield* writeTar(withoutTop(readDirectory(this.rootfs)));
  }

  /** Throws `not-found`. */
  stat(path: string, follow: boolean): WireStat {
    return this.at(path, follow, (found) => {
      const stat = present(found, path);
      return {
        type: typeOf(stat),
        sizeBytes: Number(stat.size),
        mode: Number(stat.mode & 0o7777n),
        path: latin1(absolutePath(found)),
      };
    });
  }

  /** A tar whose top entry has the last name of what `path` leads to. Throws `not-found`. */
  async *get(path: string): AsyncGenerator<Uint8Array> {
    const { readTop } = await import('../../layer/top-entry.ts');
    const { writeTar } = await import('../../layer/tar-writer.ts');
    const root = Directory.open(this.rootfs);
    try {
      const found = resolveInRoot(root, raw(path));
      try {
        present(found, path);
        yield* writeTar(readTop(found.parent.inside.toString(), found.name));
      } finally {
        found.close();
      }
    } finally {
      root.close();
    }
  }

  /** Throws `not-found`, `invalid-argument` where `path` is no directory, and what `untar` throws. */
  async put(path: string, tar: AsyncIterable<Uint8Array>, owners: boolean): Promise<void> {
    const { untar } = await import('../../layer/untar.ts');
    const directory = this.at(path, true, (found) => {
      const stat = present(found, path);
      const opened = found.name === '' ? found.parent.again() : found.parent.child(found.name);
      if (opened && stat.isDirectory()) return opened;
      throw new PhylloError('invalid-argument', `copy to ${shown(path)}: it is not a directory`);
    });
    try {
      await untar(tar, directory.inside.toString(), { owners, privileges: true, keepsTop: true });
    } finally {
      directory.close();
    }
  }

  /** Bytes of a regular file of the R/W layer. Throws `not-found`. */
  async *content(path: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
    const fd = this.openUpper(path);
    try {
      for (let at = 0; at < length;) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - at));
        const bytesRead = await readAt(fd, buffer, 0, buffer.length, offset + at);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Bytes on disk of the R/W layer; a file with several names counts once. */
  async usage(): Promise<number> {
    const { upperUsage } = await import('./root-usage.ts');
    return upperUsage(this.places.upper);
  }

  private get rootfs(): string {
    if (this.places.rootfs !== undefined) return this.places.rootfs;
    throw new PhylloError('invalid-argument', 'read files of container: they are not mounted');
  }

  private at<Result>(path: string, follow: boolean, use: (found: RootPath) => Result): Result {
    const root = Directory.open(this.rootfs);
    try {
      const found = resolveInRoot(root, raw(path), follow ? { follow } : {});
      try {
        return use(found);
      } finally {
        found.close();
      }
    } finally {
      root.close();
    }
  }

  private openUpper(path: string): number {
    const top = Directory.open(this.places.upper);
    try {
      const found = resolveInRoot(top, raw(path));
      try {
        const fd = openSync(placeOf(found), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        if (fstatSync(fd).isFile()) return fd;
        closeSync(fd);
        throw absent(path);
      } finally {
        found.close();
      }
    } finally {
      top.close();
    }
  }
}

function* framed(data: Uint8Array): Generator<Uint8Array> {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  yield size;
  yield data;
}

/** As docker has it: whoever unpacks it keeps the attributes of the directory that it goes to. */
async function* withoutTop<Member extends { header: { path: Uint8Array } }>(
  members: AsyncIterable<Member>,
): AsyncGenerator<Member> {
  for await (const member of members) if (member.header.path.length > 0) yield member;
}

function present(found: RootPath, path: string): NonNullable<RootPath['stat']> {
  if (found.stat) return found.stat;
  throw absent(path);
}

function typeOf(stat: NonNullable<RootPath['stat']>): PathStat['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  return stat.isSymbolicLink() ? 'symlink' : 'other';
}

function absent(path: string): PhylloError {
  return new PhylloError('not-found', `find ${shown(path)}: there is no such file or directory`);
}

function shown(path: string): string {
  return safeBytes(raw(path));
}
