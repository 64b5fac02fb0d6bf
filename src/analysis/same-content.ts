// Whether two files have the same bytes, read side by side.
import type { FileContent } from '../tree/content.ts';

const CHUNK_BYTES = 1024 * 1024;

export async function haveSameBytes(a: FileContent, b: FileContent, signal?: AbortSignal): Promise<boolean> {
  if (a.sizeBytes !== b.sizeBytes) return false;
  for (let at = 0; at < a.sizeBytes; at += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const [left, right] = await Promise.all([a.read(at, CHUNK_BYTES), b.read(at, CHUNK_BYTES)]);
    if (Buffer.compare(left, right) !== 0) return false;
  }
  return true;
}
