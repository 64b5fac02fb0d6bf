// Where the pieces of files lie in a compressed layer: columns, one row a chunk, the chunks of a file side by side.
import { PhylloError } from '../lib/errors.ts';
import { digestHex, isDigest } from '../oci/digest.ts';
import type { JsonObject } from '../oci/json.ts';

export interface ChunkTable {
  /** Where the gzip member or zstd frame begins; -1 for zeros that are stored nowhere. */
  readonly blobOffset: Float64Array;
  /** Where the next one begins, or the table itself. */
  readonly blobEnd: Float64Array;
  /** Bytes of what is unpacked that belong to others. */
  readonly skip: Float64Array;
  readonly length: Float64Array;
  /** 32 bytes each. */
  readonly digests: Uint8Array;
}

const DIGEST_BYTES = 32;
const ZEROS = 'zeros';

interface Chunk {
  readonly blobOffset: number;
  readonly skip: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

export class ChunkList {
  private readonly contentEnd: number;
  private readonly chunks: Chunk[] = [];

  constructor(contentEnd: number) {
    this.contentEnd = contentEnd;
  }

  /** The row of its first chunk. The fields are those of the file's entry and of the chunk entries behind it. */
  addFile(sizeBytes: number, fields: readonly JsonObject[]): number {
    const first = this.chunks.length;
    let at = 0;
    for (const [index, each] of fields.entries()) {
      if (sizeBytes === 0) break;
      const isLast = index === fields.length - 1;
      if (wholeNumber(each, 'chunkOffset') !== at) throw invalid('the chunks of a file leave gaps');
      // A file's last chunk may leave its size out.
      const length = wholeNumber(each, 'chunkSize') || (isLast ? sizeBytes - at : 0);
      if (length === 0 || at + length > sizeBytes) throw invalid('a chunk has no size that fits');
      this.chunks.push(this.chunk(each, length, fields.length === 1));
      at += length;
    }
    if (at !== sizeBytes) throw invalid('a file has fewer chunks than bytes');
    return first;
  }

  private chunk(fields: JsonObject, length: number, isOnly: boolean): Chunk {
    const digest = digestOf(fields['chunkDigest'] ?? (isOnly ? fields['digest'] : undefined));
    if (fields['chunkType'] === ZEROS) return { blobOffset: -1, skip: 0, length, digest };
    const blobOffset = wholeNumber(fields, 'offset');
    if (blobOffset >= this.contentEnd) throw invalid('a chunk lies behind the contents');
    return { blobOffset, skip: wholeNumber(fields, 'innerOffset'), length, digest };
  }

  finish(): ChunkTable {
    const { chunks, contentEnd } = this;
    const starts = Float64Array.from(new Set(chunks.map(({ blobOffset }) => blobOffset))).sort();
    const digests = new Uint8Array(chunks.length * DIGEST_BYTES);
    chunks.forEach(({ digest }, row) => digests.set(digest, row * DIGEST_BYTES));
    return {
      blobOffset: Float64Array.from(chunks, ({ blobOffset }) => blobOffset),
      blobEnd: Float64Array.from(chunks, ({ blobOffset }) => after(starts, blobOffset) ?? contentEnd),
      skip: Float64Array.from(chunks, ({ skip }) => skip),
      length: Float64Array.from(chunks, ({ length }) => length),
      digests,
    };
  }
}

/** The first of the ascending values that is larger. */
function after(values: Float64Array, value: number): number | undefined {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return values[low];
}

function digestOf(value: unknown): Uint8Array {
  if (isDigest(value) && value.startsWith('sha256:')) return Buffer.from(digestHex(value), 'hex');
  throw invalid('the bytes of a file have no digest');
}

/** 0 where it is absent. */
export function wholeNumber(fields: JsonObject, key: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = fields[key] ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(`${key} of an entry is not a whole number`);
}

function invalid(reason: string): PhylloError {
  return new PhylloError('invalid-image', `read table of contents: ${reason}`);
}
