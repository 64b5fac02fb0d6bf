// Columns on disk, as the caches of trees and stacks keep them.
import { closeSync, fstatSync, openSync, readSync, statSync, utimesSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readAt } from '../lib/files.ts';
import { uniqueName } from '../lib/unique-name.ts';

/** What is smaller is read before anybody notices: the way through the thread pool takes longer. */
const AT_ONCE_BYTES = 512 * 1024;
/** Times need not be truer than this. */
const FRESH_MS = 60_000;

/** An error of the system: the file is not there, not ours, not readable. */
export function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

/** Into memory that threads share. Throws errors of the system. */
export async function readColumnFile(path: string): Promise<SharedArrayBuffer> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = new SharedArrayBuffer(size);
    const view = new Uint8Array(buffer);
    for (let offset = 0; offset < size;) {
      const left = size - offset;
      const bytesRead =
        size <= AT_ONCE_BYTES
          ? readSync(file, view, offset, left, offset)
          : await readAt(file, view, offset, left, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
    }
    return buffer;
  } finally {
    closeSync(file);
  }
}

/** The times tell which files were used last. Best effort. */
export function markUsed(path: string): void {
  try {
    const now = new Date();
    if (now.getTime() - statSync(path).mtimeMs > FRESH_MS) utimesSync(path, now, now);
  } catch {
    // It is gone, or somebody else's.
  }
}

/** There whole or not at all. Throws errors of the system, with nothing left behind. */
export async function writeColumnFile(path: string, data: Uint8Array): Promise<void> {
  const temporary = `${path}.${uniqueName()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAll(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(path: string, data: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  for (let offset = 0; offset < data.length;) {
    const { bytesWritten } = await file.write(data, offset, data.length - offset, offset);
    offset += bytesWritten;
  }
}
