// The bytes of a blob's file. It is opened when it is read, so that a stream which nobody reads holds no descriptor.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Range } from '../oci/image.ts';

const READ_BYTES = 1024 * 1024;

/** Throws `size-mismatch` when the file ends early. */
export async function* readBlobFile(
  path: string,
  { offset, length }: Range,
  digest: Digest,
): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  let left = length;
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const end = offset + length - 1;
    for await (const chunk of file.createReadStream({ start: offset, end, highWaterMark: READ_BYTES })) {
      left -= (chunk as Uint8Array).length;
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw toPhylloError(error, `read blob ${digest}`);
  }
  if (left > 0)
    throw new PhylloError('size-mismatch', `read blob ${digest}: its file ended ${left} bytes early`);
}

/** The whole file at once; undefined for one that is not there, is no file or has another size. */
export function readSmallBlob(path: string, size: number): Buffer | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      return stat.isFile() && stat.size === size ? readFileSync(file) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
