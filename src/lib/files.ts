// Files that are whole or not there: complete writes, durable renames.
import { constants } from 'node:fs';
import { type FileHandle, access, open, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { PhylloError } from './errors.ts';

/** Writes all of `data`: one `write` may be short (full disk, size limits) without an error. */
export async function writeFully(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    const { bytesWritten } = await file.write(data, at, data.length - at);
    if (bytesWritten === 0) throw new PhylloError('no-space', 'write file: the system took no bytes');
    at += bytesWritten;
  }
}

/** Makes names in a directory durable. */
export async function fsyncDirectory(path: string): Promise<void> {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await directory.sync();
}

/** Replaces `path` as a whole: temporary file beside it, fsync, rename, fsync of the directory. */
export async function writeAtomically(path: string, data: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeDurably(temporary, typeof data === 'string' ? Buffer.from(data) : data, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncDirectory(dirname(path));
}

async function writeDurably(path: string, data: Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode);
  await writeFully(file, data);
  await file.sync();
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
