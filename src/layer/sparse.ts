// Sparse file maps: old GNU headers, PAX 0.0/0.1 lists, and PAX 1.0 maps that stand in front of the data.
import { PhylloError } from '../lib/errors.ts';
import type { SparseChunk } from './entry.ts';
import { readNumber } from './tar-fields.ts';

const MAX_CHUNKS = 1_000_000;
/** One block is enough for any number, and the padding of the last block is one block at the most. */
const MAX_FIELD_BYTES = 512;
const NEWLINE = 0x0a;

/** Chunks must ascend, must not overlap, must lie inside the file and make up the stored bytes. */
export function checkSparse(
  chunks: readonly SparseChunk[],
  sizeBytes: number,
  storedBytes: number,
): SparseChunk[] {
  let end = 0;
  let sum = 0;
  const kept: SparseChunk[] = [];
  for (const { offset, length } of chunks) {
    if (offset < end || offset + length > sizeBytes)
      throw malformed('its chunks overlap or lie outside of the file');
    end = offset + length;
    sum += length;
    if (length > 0) kept.push({ offset, length });
  }
  if (sum !== storedBytes) throw malformed('its chunks do not make up the stored bytes');
  return kept;
}

/** Pairs in an old GNU header (4 at 386) or an extension block (21 at 0). */
export function readOldGnuChunks(block: Uint8Array, at: number, count: number): SparseChunk[] {
  const chunks: SparseChunk[] = [];
  for (let index = 0; index < count; index++) {
    const pair = at + index * 24;
    if (block[pair] === 0) break;
    chunks.push(chunk(readNumber(block, pair, 12), readNumber(block, pair + 12, 12)));
  }
  return chunks;
}

/** The comma-separated list of PAX format 0.1. */
export function readSparseList(value: Uint8Array): SparseChunk[] {
  const text = Buffer.from(value).toString('latin1');
  if (text === '') return [];
  return pairs(text.split(','));
}

/** Reads the text map of PAX format 1.0 block by block: a count, then offsets and lengths, a number a line. */
export class SparseMapReader {
  private readonly parts: string[] = [];
  private lines = 0;
  private linesNeeded = Number.POSITIVE_INFINITY;
  /** Bytes of the entry's body that the map takes. */
  bytes = 0;

  /** The map, once it is whole. Throws `invalid-archive`, `limit-exceeded`. */
  add(block: Uint8Array): SparseChunk[] | undefined {
    const part = Buffer.from(block.buffer, block.byteOffset, block.length).toString('latin1');
    this.bytes += block.length;
    this.parts.push(part);
    for (const byte of block) if (byte === NEWLINE) this.lines++;
    if (this.lines > 0 && this.linesNeeded === Number.POSITIVE_INFINITY)
      this.linesNeeded = 1 + 2 * this.readCount();
    if (this.lines === 0 && this.bytes > MAX_FIELD_BYTES) throw malformed('it has no count');
    if (this.bytes > (this.linesNeeded + 1) * MAX_FIELD_BYTES) throw malformed('its fields are too long');
    if (this.lines < this.linesNeeded) return undefined;
    return pairs(this.parts.join('').split('\n', this.linesNeeded).slice(1));
  }

  private readCount(): number {
    const count = wholeNumber(this.parts.join('').split('\n', 1)[0]!);
    if (count > MAX_CHUNKS)
      throw new PhylloError('limit-exceeded', 'read sparse map: it has too many chunks');
    return count;
  }
}

function pairs(numbers: readonly string[]): SparseChunk[] {
  if (numbers.length % 2 !== 0) throw malformed('it has an odd number of fields');
  if (numbers.length > 2 * MAX_CHUNKS)
    throw new PhylloError('limit-exceeded', 'read sparse map: it has too many chunks');
  const chunks: SparseChunk[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    chunks.push(chunk(wholeNumber(numbers[index]!), wholeNumber(numbers[index + 1]!)));
  }
  return chunks;
}

function wholeNumber(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed('it has a field that is no number');
  return value;
}

function chunk(offset: number | undefined, length: number | undefined): SparseChunk {
  if (
    offset === undefined ||
    length === undefined ||
    offset < 0 ||
    length < 0 ||
    !Number.isSafeInteger(offset + length)
  ) {
    throw malformed('it has a field that is no number');
  }
  return { offset, length };
}

function malformed(reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read sparse map: ${reason}`);
}
