// Inflating what strangers compressed: sniffed from the first bytes whatever size they come in, and bounded, for a few
// kilobytes can ask for the whole disk.
import { PhylloError } from '../lib/errors.ts';
import type { Compression } from '../oci/media-types.ts';
import { decompressed, sniffCompression } from '../layer/compression.ts';

const MAGIC_BYTES = 4;
/** Real archives shrink to a tenth; whole files of zeros are among them. */
const MAX_RATIO = 100;
/** Below this no ratio is too good. */
const ALWAYS_ALLOWED_BYTES = 4 * 1024 ** 3;

export interface SniffedBytes {
  readonly compression: Compression;
  /** All bytes from the start; to be read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A pipe may hand over its first bytes one by one. */
export async function sniffed(input: AsyncIterable<Uint8Array>): Promise<SniffedBytes> {
  const rest = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    head = head.length === 0 ? asBuffer(next.value) : Buffer.concat([head, next.value]);
    if (head.length >= MAGIC_BYTES) break;
  }
  return { compression: sniffCompression(head), bytes: joined(head, rest) };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Ends the input when its reader stops early. */
async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The plain bytes. Throws `limit-exceeded` for a bomb, `invalid-archive` for damage. */
export async function* inflated(
  { compression, bytes }: SniffedBytes,
  alwaysAllowedBytes = ALWAYS_ALLOWED_BYTES,
): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let given = 0;
  const counting = (async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      taken += chunk.length;
      yield chunk;
    }
  })();
  for await (const chunk of decompressed(counting, compression)) {
    given += chunk.length;
    if (compression !== 'none' && given > alwaysAllowedBytes && given > taken * MAX_RATIO) {
      throw new PhylloError(
        'limit-exceeded',
        `decompress ${compression}: ${taken} bytes inflate to more than ${given - chunk.length}`,
        { hint: 'It looks made to fill the disk. Decompress it yourself if you trust it.' },
      );
    }
    yield chunk;
  }
}
