// Content of a file that was listed before: opened without following any link, and only if it is still that file as it
// was then.
import { type BigIntStats, closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { PhylloError, isSystemError } from '../../lib/errors.ts';
import { readAt } from '../../lib/files.ts';
import { Directory } from '../../layer/apply-directory.ts';
import { fileError } from '../../layer/apply-warnings.ts';
import { shownPath } from './table-view.ts';

export interface ListedFile {
  /** Directory that the path is relative to. */
  readonly root: string;
  readonly byDescriptor: boolean;
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** The inode that was listed, whatever was done to it since. */
  readonly isSame: (stat: BigIntStats) => boolean;
}

const READ_BYTES = 256 * 1024;

/**
 * Chunks of the whole file; nothing is opened before the first is asked for. Throws `io` for a file that is gone or is
 * not as it was listed, also when it changes meanwhile, `read-only` for one that we may not read.
 */
export async function* contentOf(listed: ListedFile, chunkBytes = READ_BYTES): AsyncGenerator<Buffer> {
  const fd = openListed(listed);
  try {
    for (let at = 0; at < listed.sizeBytes;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, listed.sizeBytes - at));
      const bytesRead = await readAt(fd, chunk, 0, chunk.length, at).catch((error: unknown) => {
        throw fileError(error, 'read', listed.path);
      });
      if (bytesRead === 0) throw changed(listed.path);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
    check(listed, fstatSync(fd, { bigint: true }));
  } finally {
    closeSync(fd);
  }
}

/**
 * The same at once, into a buffer that has room for the file: for small files, where a promise for each call would cost ten
 * times as much. The result is a view of the buffer.
 */
export function readListed(listed: ListedFile, room: Buffer): Buffer {
  const fd = openListed(listed);
  try {
    const content = room.subarray(0, listed.sizeBytes);
    for (let at = 0; at < content.length;) {
      const bytesRead = readSync(fd, content, at, content.length - at, at);
      if (bytesRead === 0) throw changed(listed.path);
      at += bytesRead;
    }
    check(listed, fstatSync(fd, { bigint: true }));
    return content;
  } catch (error) {
    throw fileError(error, 'read', listed.path);
  } finally {
    closeSync(fd);
  }
}

function openListed(listed: ListedFile): number {
  let fd: number | undefined;
  try {
    fd = openBelow(listed, (stat) => check(listed, stat));
    check(listed, fstatSync(fd, { bigint: true }));
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    if (isSystemError(error, 'ENOENT')) throw changed(listed.path, 'it is gone');
    throw isSystemError(error, 'ELOOP') ? changed(listed.path) : fileError(error, 'read', listed.path);
  }
}

/** Whether directories can be held by descriptors here: see `Directory`. */
export function canHoldDirectories(): boolean {
  return existsSync('/proc/self/fd');
}

/**
 * For reading, below `root` and without following a link on the way. `accept` throws for what must not even be opened: a
 * device may do something then. Throws system errors; ENOENT also where a parent is no directory.
 */
export function openBelow(
  { root, byDescriptor, path }: Pick<ListedFile, 'root' | 'byDescriptor' | 'path'>,
  accept: (stat: BigIntStats) => void,
): number {
  const parts = path.split('/');
  const name = parts.pop()!;
  let directory = Directory.open(root, byDescriptor);
  try {
    for (const part of parts) {
      const child = directory.child(part);
      if (child === undefined) throw absent();
      directory.close();
      directory = child;
    }
    const stat = directory.stat(name);
    if (stat === undefined) throw absent();
    accept(stat);
    return openSync(directory.at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } finally {
    directory.close();
  }
}

function absent(): Error {
  return Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

function check(listed: ListedFile, stat: BigIntStats): void {
  const isListed =
    stat.isFile() &&
    listed.isSame(stat) &&
    Number(stat.size) === listed.sizeBytes &&
    stat.mtimeNs === listed.mtimeNs;
  if (!isListed) throw changed(listed.path);
}

function changed(path: string, how = 'it changed'): PhylloError {
  return new PhylloError('io', `read /${shownPath(path)}: ${how} since the context was listed`, {
    hint: 'Nothing may write to the context while it is built from; build again.',
  });
}
