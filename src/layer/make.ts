// Makes layer entries of a directory: every file below it, in an order and a form that depend on the files alone.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, readlinkSync } from 'node:fs';
import { PhylloError } from '../lib/errors.ts';
import { type NativeCalls, loadNative } from '../lib/native.ts';
import { safeBytes } from '../lib/text.ts';
import { isHostsOwn, metadataOf } from './apply-attributes.ts';
import { Directory, raw } from './apply-directory.ts';
import { isOpaque, isWhiteout, refuseReferences } from './overlay-marks.ts';
import { Warnings, fileError } from './apply-warnings.ts';
import type { EntryType } from './entry.ts';
import type { TarHeader, TarMember } from './tar-writer.ts';

export interface MakeOptions {
  /** For xattrs; null does without. Default: loaded here. */
  readonly native?: NativeCalls | null;
  readonly signal?: AbortSignal;
  /** Called at the end for what could not be taken, one line for each kind; safe to show. */
  readonly onWarning?: (warning: string) => void;
  /** The directory is the upperdir of an overlay: its marks become whiteouts and opaque marks of OCI layers. */
  readonly overlay?: boolean;
  /** True for a path (one character a byte) that is left out, with all below. */
  readonly leaveOut?: (path: string) => boolean;
}

const READ_BYTES = 256 * 1024;
const OPAQUE = '.wh..wh..opq';

/**
 * Entries of all that is below `root`, the root itself first, the content of a directory after it, sorted by name
 * bytes. A second name of a file is a hard link; sockets are left out, as docker does. The body of a member has to be read,
 * if at all, before the next member is asked for. Throws `io` for a file that changes while it is read, `read-only` for one that we may not read.
 */
export async function* readDirectory(root: string, options: MakeOptions = {}): AsyncGenerator<TarMember> {
  const walk = new Walk(options);
  const top = Directory.open(root);
  const levels: Level[] = [{ directory: top, path: '', left: [] }];
  try {
    levels[0]!.left = walk.names(top, '');
    yield { header: walk.describe('dir', '', top.statSelf(), top.inside) };
    while (levels.length > 0) {
      if (options.signal?.aborted) throw new PhylloError('cancelled', 'read directory: cancelled');
      yield* walk.next(levels);
    }
  } finally {
    for (const { directory } of levels) directory.close();
  }
  for (const line of walk.warnings.lines()) options.onWarning?.(line);
}

/** A directory on the way down, with the names that are still to be visited, the next one last. */
interface Level {
  readonly directory: Directory;
  readonly path: string;
  left: string[];
}

class Walk {
  readonly warnings = new Warnings();
  private readonly native: NativeCalls | undefined;
  private readonly overlay: boolean;
  private readonly isLeftOut: (path: string) => boolean;
  /** The first path of every file that has several names. */
  private readonly firstNames = new Map<string, string>();

  constructor(options: MakeOptions) {
    this.native = options.native === undefined ? loadNative() : (options.native ?? undefined);
    this.overlay = options.overlay ?? false;
    this.isLeftOut = options.leaveOut ?? (() => false);
  }

  names(directory: Directory, path: string): string[] {
    try {
      return directory.names().reverse();
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  /** One step of a walk that needs no recursion: trees may be thousands of levels deep. */
  next(levels: Level[]): readonly TarMember[] {
    const { directory, path: parent, left } = levels.at(-1)!;
    const name = left.pop();
    if (name === undefined) {
      levels.pop();
      directory.close();
      return [];
    }
    const path = parent === '' ? name : `${parent}/${name}`;
    if (this.isLeftOut(path)) return [];
    try {
      return this.visit(directory, name, path, levels);
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  private visit(directory: Directory, name: string, path: string, levels: Level[]): readonly TarMember[] {
    const stat = directory.stat(name);
    if (stat === undefined) return this.leaveOut('it went away while the directory was read', path);
    const type = typeOf(stat);
    if (type === undefined) return this.leaveOut('sockets are no part of an image', path);
    const place = directory.at(name);
    if (this.overlay) {
      refuseReferences(path, place, this.native);
      if (isWhiteout(stat, place, this.native)) return [{ header: mark(path, `.wh.${name}`, stat) }];
      if (name.startsWith('.wh.')) return this.leaveOut('layers have no way to name it', path);
    }
    if (type === 'dir') return this.enter(directory, name, path, levels);
    const first = this.firstName(stat, path);
    if (first !== undefined) return [{ header: link(path, stat, first) }];
    const header = this.describe(type, path, stat, place);
    return [type === 'file' ? { header, body: contentOf(place, path, stat) } : { header }];
  }

  private enter(parent: Directory, name: string, path: string, levels: Level[]): readonly TarMember[] {
    const directory = parent.child(name);
    if (directory === undefined) return this.leaveOut('it changed while the directory was read', path);
    const level: Level = { directory, path, left: [] };
    levels.push(level);
    level.left = this.names(directory, path);
    const stat = directory.statSelf();
    const member = { header: this.describe('dir', path, stat, directory.inside) };
    if (!this.overlay || !isOpaque(directory.inside, this.native)) return [member];
    return [member, { header: mark(`${path}/`, OPAQUE, stat) }];
  }

  private leaveOut(why: string, path: string): readonly [] {
    this.warnings.note(`left out, ${why}`, path);
    return [];
  }

  /** Where the file was met before; undefined the first time. */
  private firstName({ dev, ino, nlink }: BigIntStats, path: string): string | undefined {
    if (nlink < 2n) return undefined;
    const key = `${dev}:${ino}`;
    const first = this.firstNames.get(key);
    if (first === undefined) this.firstNames.set(key, path);
    return first;
  }

  describe(type: EntryType, path: string, stat: BigIntStats, place: Buffer): TarHeader {
    const isDevice = type === 'char' || type === 'block';
    return {
      ...metadataOf(stat),
      path: raw(path),
      type,
      xattrs: this.xattrs(path, place),
      ...(type === 'file' && { sizeBytes: Number(stat.size) }),
      ...(type === 'symlink' && { linkname: readlinkSync(place, 'buffer') }),
      ...(isDevice && { devMajor: deviceOf(stat)[0], devMinor: deviceOf(stat)[1] }),
    };
  }

  private xattrs(path: string, place: Buffer): ReadonlyMap<string, Uint8Array> | undefined {
    if (this.native === undefined) return undefined;
    const xattrs = new Map<string, Uint8Array>();
    try {
      for (const name of this.native.listXattrs(place).sort()) {
        const value = isHostsOwn(name) ? undefined : this.native.getXattr(place, name);
        if (value !== undefined) xattrs.set(name, Buffer.from(value));
      }
    } catch {
      this.warnings.note('extended attributes not read', path);
    }
    return xattrs.size === 0 ? undefined : xattrs;
  }
}

/** A mark in place of, or in, what is at `path`. */
function mark(path: string, name: string, stat: BigIntStats): TarHeader {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const { mtimeSeconds, mtimeNanos } = metadataOf(stat);
  return { path: raw(`${folder}${name}`), type: 'file', mode: 0, mtimeSeconds, mtimeNanos };
}

function link(path: string, stat: BigIntStats, target: string): TarHeader {
  return { ...metadataOf(stat), path: raw(path), type: 'hardlink', linkname: raw(target) };
}

function typeOf(stat: BigIntStats): EntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : undefined;
}

export function deviceOf({ rdev }: BigIntStats): readonly [major: number, minor: number] {
  return [major(rdev), minor(rdev)];
}

/** glibc's gnu_dev_major and gnu_dev_minor. */
function major(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
}

function minor(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}

/** The file as it was when it was listed: another in its place, or another size, is an error. */
async function* contentOf(place: Buffer, path: string, listed: BigIntStats): AsyncGenerator<Uint8Array> {
  const sizeBytes = Number(listed.size);
  const fd = openFile(place, path);
  try {
    const { ino, size } = fstatSync(fd, { bigint: true });
    if (ino !== listed.ino || size !== listed.size) throw changed(path);
    for (let at = 0; at < sizeBytes;) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes - at));
      // At once: most files are small, and the way through the thread pool takes longer than they do.
      const bytesRead = readSync(fd, buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw changed(path);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
    if (fstatSync(fd, { bigint: true }).size !== listed.size) throw changed(path);
  } catch (error) {
    throw fileError(error, 'read', path);
  } finally {
    closeSync(fd);
  }
}

function openFile(place: Buffer, path: string): number {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

function changed(path: string): PhylloError {
  return new PhylloError('io', `read ${safeBytes(raw(path))}: it changed while it was read`);
}
