// Layers as they are stored: plain, gzip (any number of members) or zstd (any number of frames). Streams only; what
// a blob inflates to is bounded by who reads it, never held here.
import { Readable } from 'node:stream';
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import type { Compression } from '../oci/media-types.ts';
import { ZstdFrameSplitter } from './zstd-frames.ts';

const CHUNK_BYTES = 256 * 1024;
const GZIP_LEVEL = 6;
const ZSTD_LEVEL = 3;
/** A full flush this often lets a reader start in the middle of a layer; it costs 0.1 % of size. */
const FLUSH_EVERY_BYTES = 1024 * 1024;

/** From the first bytes of a blob; 4 are enough. */
export function sniffCompression(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const magic =
    head.length < 4 ? 0 : (head[0]! | (head[1]! << 8) | (head[2]! << 16) | (head[3]! << 24)) >>> 0;
  const isZstd = magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
  return isZstd ? 'zstd' : 'none';
}

/** The uncompressed bytes. Throws `invalid-archive` where the data is damaged or cut short. */
export async function* decompressed(
  input: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  try {
    if (compression === 'none') yield* input;
    else if (compression === 'gzip') yield* gunzip(input);
    else yield* unzstd(input);
  } catch (error) {
    throw readError(error, compression);
  }
}

/**
 * All members. Node takes a zero byte behind a member for padding and everything after it too, a further member even; to
 * us zeros are padding, up to the end, and anything else is damage.
 */
async function* gunzip(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = new WatchedInput(input);
  const codec = createGunzip({ chunkSize: CHUNK_BYTES });
  try {
    yield* through(codec, source);
    await source.drain();
  } finally {
    await source.close();
  }
  if (source.contentBytes > codec.bytesWritten)
    throw new PhylloError('invalid-archive', 'decompress gzip: there is something behind its end');
}

/** Stays open when a codec has enough of it, so that what is left can be looked at. */
class WatchedInput implements AsyncIterable<Uint8Array> {
  private readonly input: AsyncIterator<Uint8Array>;
  private bytes = 0;
  /** Bytes up to the last one that is not zero. */
  contentBytes = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.input = input[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.next() };
  }

  private async next(): Promise<IteratorResult<Uint8Array>> {
    const next = await this.input.next();
    if (next.done) return next;
    let end = next.value.length;
    while (end > 0 && next.value[end - 1] === 0) end--;
    if (end > 0) this.contentBytes = this.bytes + end;
    this.bytes += next.value.length;
    return next;
  }

  async drain(): Promise<void> {
    while (!(await this.next()).done);
  }

  async close(): Promise<void> {
    await this.input.return?.();
  }
}

type Codec = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

/** Feeds `input` to a codec and yields what comes out; leaves nothing running when the reader stops. */
async function* through(codec: Codec, input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // In object mode chunks are never put together.
  const source = Readable.from(input);
  source.once('error', (error) => codec.destroy(error));
  source.pipe(codec);
  try {
    yield* codec;
  } finally {
    source.destroy();
    codec.destroy();
  }
}

/**
 * All frames through one decoder. Node's decoder takes a chunk with bytes behind the end of a frame for its last, and
 * drops these without a word; a chunk that ends with its frame is followed by the next.
 */
async function* unzstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = framePieces(input);
  const first = await pieces.next();
  // Nothing but skippable frames: a decoder would miss its frame.
  if (first.done) return;
  yield* through(createZstdDecompress({ chunkSize: CHUNK_BYTES }), prepended(first.value, pieces));
}

async function* prepended(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* framePieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const splitter = new ZstdFrameSplitter();
  for await (const chunk of input) yield* splitter.write(chunk);
  splitter.end();
}

function readError(error: unknown, compression: Compression): PhylloError {
  if (isPhylloError(error)) return error;
  if (compression === 'none') return toPhylloError(error, 'read layer');
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(?:Z_|ZSTD_|ERR_ZLIB)/.test(code)) return toPhylloError(error, `decompress ${compression}`);
  return new PhylloError('invalid-archive', `decompress ${compression}: the data is damaged or cut short`, {
    cause: error,
  });
}

export interface CompressOptions {
  /** gzip 1-9 (default 6), zstd 1-22 (default 3). */
  readonly level?: number;
}

/** The compressed bytes. A gzip layer of ours can be entered at every full flush. */
export async function* compressed(
  input: AsyncIterable<Uint8Array>,
  compression: Compression,
  { level }: CompressOptions = {},
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') yield* input;
  else if (compression === 'gzip') yield* gzip(input, level ?? GZIP_LEVEL);
  else yield* through(zstdEncoder(level ?? ZSTD_LEVEL), input);
}

function zstdEncoder(level: number): Codec {
  return createZstdCompress({
    chunkSize: CHUNK_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  }) as unknown as Codec;
}

async function* gzip(input: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const encoder = createGzip({ level, chunkSize: CHUNK_BYTES });
  const feeding = feedWithFlushes(encoder, input).catch((error: Error) => encoder.destroy(error));
  try {
    yield* encoder;
    await feeding;
  } finally {
    encoder.destroy();
  }
}

async function feedWithFlushes(
  encoder: ReturnType<typeof createGzip>,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  let sinceFlush = 0;
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + FLUSH_EVERY_BYTES - sinceFlush);
      at += piece.length;
      sinceFlush += piece.length;
      await written(encoder, piece);
      if (sinceFlush < FLUSH_EVERY_BYTES) continue;
      sinceFlush = 0;
      await new Promise<void>((resolve) => encoder.flush(constants.Z_FULL_FLUSH, resolve));
    }
  }
  encoder.end();
}

function written(encoder: ReturnType<typeof createGzip>, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    encoder.write(piece, (error) => (error ? reject(error) : resolve())),
  );
}
