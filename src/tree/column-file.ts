// Columns on disk, as the caches of trees and stacks keep them.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An error of the system: the file is not there, not ours, not readable. */
export function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

/** Into memory that threads share. Throws errors of the system. */
export async function readColumnFile(path: string): Promise<SharedArrayBuffer> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const buffer = new SharedArrayBuffer(size);
  const view = new Uint8Array(buffer);
  for (let offset = 0; offset < size;) {
    const { bytesRead } = await file.read(view, offset, size - offset, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
  }
  return buffer;
}

/** There whole or not at all. Throws errors of the system, with nothing left behind. */
export async function writeColumnFile(path: string, data: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
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
