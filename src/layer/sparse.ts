// Sparse file maps: old GNU headers, PAX 0.0/0.1 lists, and PAX 1.0 maps that stand in front of the data.
import { PhylloError } from '../lib/errors.ts';
import type { SparseChunk } from './entry.ts';
import { BLOCK_BYTES, readNumber } from './tar-fields.ts';

export const MAX_CHUNKS = 1_000_000;
/** A number of 16 digits and its line feed, with some room. */
const MAX_LINE_BYTES = 32;
const NEWLINE = 0x0a;

/** `offset` is where the header lies, here and below. Chunks must ascend, must not overlap, must lie inside the file and make up the stored bytes. */
export function checkSparse(
  chunks: readonly SparseChunk[],
  { sizeBytes, storedBytes, offset: at }: { sizeBytes: number; storedBytes: number; offset: number },
): SparseChunk[] {
  let end = 0;
  let sum = 0;
  const kept: SparseChunk[] = [];
  for (const { offset, length } of chunks) {
    if (offset < end || offset + length > sizeBytes)
      throw malformed(at, 'its chunks overlap or lie outside of the file');
    end = offset + length;
    sum += length;
    if (length > 0) kept.push({ offset, length });
  }
  if (sum !== storedBytes) throw malformed(at, 'its chunks do not make up the stored bytes');
  return kept;
}

/** Pairs in an old GNU header (4 at 386) or an extension block (21 at 0). */
export function readOldGnuChunks(
  block: Uint8Array,
  { at, count, offset }: { at: number; count: number; offset: number },
): SparseChunk[] {
  const chunks: SparseChunk[] = [];
  for (let index = 0; index < count; index++) {
    const pair = at + index * 24;
    if (block[pair] === 0) break;
    chunks.push(chunk(offset, readNumber(block, pair, 12), readNumber(block, pair + 12, 12)));
  }
  return chunks;
}

/** The comma-separated list of PAX format 0.1. */
export function readSparseList(value: Uint8Array, offset: number): SparseChunk[] {
  const text = Buffer.from(value).toString('latin1');
  if (text === '') return [];
  return pairs(offset, text.split(','));
}

/** Reads the text map of PAX format 1.0 block by block: a count, then offsets and lengths, a number a line. */
export class SparseMapReader {
  private readonly offset: number;
  private readonly parts: string[] = [];
  private lines = 0;
  private linesNeeded = Number.POSITIVE_INFINITY;
  /** Bytes of the entry's body that the map takes. */
  bytes = 0;

  constructor(offset: number) {
    this.offset = offset;
  }

  /** The map, once it is whole. Throws `invalid-archive`, `limit-exceeded`. */
  add(block: Uint8Array): SparseChunk[] | undefined {
    const part = Buffer.from(block.buffer, block.byteOffset, block.length).toString('latin1');
    this.bytes += block.length;
    this.parts.push(part);
    for (const byte of block) if (byte === NEWLINE) this.lines++;
    if (this.lines > 0 && this.linesNeeded === Number.POSITIVE_INFINITY)
      this.linesNeeded = 1 + 2 * this.readCount();
    if (this.lines === 0) throw malformed(this.offset, 'it has no count');
    // Not more than the lines need is kept, and the padding of the last block.
    if (this.bytes > this.linesNeeded * MAX_LINE_BYTES + BLOCK_BYTES)
      throw malformed(this.offset, 'its fields are too long');
    if (this.lines < this.linesNeeded) return undefined;
    return pairs(this.offset, this.parts.join('').split('\n', this.linesNeeded).slice(1));
  }

  private readCount(): number {
    const count = wholeNumber(this.offset, this.parts.join('').split('\n', 1)[0]!);
    if (count > MAX_CHUNKS) throw tooMany(this.offset);
    return count;
  }
}

function pairs(offset: number, numbers: readonly string[]): SparseChunk[] {
  if (numbers.length % 2 !== 0) throw malformed(offset, 'it has an odd number of fields');
  if (numbers.length > 2 * MAX_CHUNKS) throw tooMany(offset);
  const chunks: SparseChunk[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    chunks.push(
      chunk(offset, wholeNumber(offset, numbers[index]!), wholeNumber(offset, numbers[index + 1]!)),
    );
  }
  return chunks;
}

function wholeNumber(offset: number, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed(offset, 'it has a field that is no number');
  return value;
}

function chunk(headerOffset: number, offset: number | undefined, length: number | undefined): SparseChunk {
  if (
    offset === undefined ||
    length === undefined ||
    offset < 0 ||
    length < 0 ||
    !Number.isSafeInteger(offset + length)
  ) {
    throw malformed(headerOffset, 'it has a field that is no number');
  }
  return { offset, length };
}

/** At the same time a limit for memory: maps are lists of objects here. */
export function tooMany(offset: number): PhylloError {
  const message = `read sparse map at ${offset}: it has more than ${MAX_CHUNKS} chunks`;
  return new PhylloError('limit-exceeded', message, { data: { offset } });
}

function malformed(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read sparse map at ${offset}: ${reason}`, { data: { offset } });
}
