// Bytes of one file of a tar that lies on disk; holes read as zeros.
import { type FileHandle, open } from 'node:fs/promises';
import { PhylloError, toPhylloError } from '../../lib/errors.ts';
import type { SparseChunk } from '../../layer/entry.ts';

export interface TarPlace {
  /** The tar. */
  readonly file: string;
  /** Of the file in it, safe to show. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly dataOffset: number;
  readonly sparse: readonly SparseChunk[] | undefined;
}

const READ_BYTES = 256 * 1024;

/** Nothing is opened before the first chunk is asked for. Throws `io`. */
export async function* tarBody(place: TarPlace): AsyncGenerator<Uint8Array> {
  await using tar = await open(place.file, 'r').catch((error: unknown) => {
    throw toPhylloError(error, `read /${place.path} of the context`);
  });
  let written = 0;
  let at = place.dataOffset;
  for (const { offset, length } of place.sparse ?? [{ offset: 0, length: place.sizeBytes }]) {
    yield* zeros(offset - written);
    yield* data(tar, place, at, length);
    at += length;
    written = offset + length;
  }
  yield* zeros(place.sizeBytes - written);
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= READ_BYTES) yield Buffer.alloc(Math.min(left, READ_BYTES));
}

async function* data(
  tar: FileHandle,
  { path }: TarPlace,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done));
    const { bytesRead } = await tar.read(chunk, 0, chunk.length, start + done);
    if (bytesRead === 0)
      throw new PhylloError('io', `read /${path} of the context: its copy on disk was cut short`);
    done += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
