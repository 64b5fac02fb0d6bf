// Files that are whole or not there: complete writes, durable renames.
import { constants, read } from 'node:fs';
import { type FileHandle, access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from './errors.ts';
import { uniqueName } from './unique-name.ts';

/**
 * Writes all of `data`: one `write` may be short (full disk, size limits) without an error. Without a position it goes
 * where the last write ended.
 */
export async function writeFully(file: FileHandle, data: Uint8Array, position?: number): Promise<void> {
  for (let at = 0; at < data.length;) {
    const target = position === undefined ? null : position + at;
    const { bytesWritten } = await file.write(data, at, data.length - at, target);
    if (bytesWritten === 0) throw new PhylloError('no-space', 'write file: the system took no bytes');
    at += bytesWritten;
  }
}

/** How many bytes it got; 0 at the end of the file. */
export function readAt(
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((done, fail) => {
    read(fd, buffer, offset, length, position, (error, bytesRead) => {
      if (error === null) done(bytesRead);
      else fail(error);
    });
  });
}

/** Makes names in a directory durable. */
export async function fsyncDirectory(path: string): Promise<void> {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await directory.sync();
}

/** Makes a directory and what it lacks of parents; each new name is durable. Private to the user. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const { length } = resolve(first);
  for (let made = resolve(path); made.length >= length; made = dirname(made)) await fsyncParent(made);
}

/** A parent that may be written but not read (a drop box) cannot be opened to be synced. */
async function fsyncParent(path: string): Promise<void> {
  await fsyncDirectory(dirname(path)).catch((error: unknown) => {
    if (!isSystemError(error, 'EACCES')) throw error;
  });
}

/** Replaces `path` as a whole: temporary file beside it, fsync, rename, fsync of the directory. */
export async function writeAtomically(path: string, data: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${uniqueName()}.tmp`;
  try {
    await writeDurably(temporary, typeof data === 'string' ? Buffer.from(data) : data, mode);
    await rename(temporary, path);
  } catch (error) {
    // What went wrong first is what counts; a file that cannot be removed either is found by whoever tidies up.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await fsyncDirectory(dirname(path));
}

/** A new file, of which nobody knows yet. Throws the system's error when there is one. */
export async function writeDurably(path: string, data: Uint8Array, mode = 0o600): Promise<void> {
  await using file = await open(path, 'wx', mode);
  await writeFully(file, data, 0);
  await file.sync();
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE'];

/** Throws when it cannot be known: taking a file for absent that cannot be reached would let it be overwritten. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (ABSENT.some((code) => isSystemError(error, code))) return false;
    throw toPhylloError(error, `find ${path}`);
  }
}
