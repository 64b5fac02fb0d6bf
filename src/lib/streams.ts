// Small streams that keep memory bounded and bytes honest.
import { PhylloError } from './errors.ts';

/** All bytes of a small stream. Throws `limit-exceeded` beyond `maxBytes`. */
export async function readAll(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of input) {
    total += chunk.length;
    if (total > maxBytes)
      throw new PhylloError('limit-exceeded', `read ${what}: it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

export interface Hasher {
  update(chunk: Uint8Array): unknown;
  digest(): string;
}

export interface ExpectedBytes {
  readonly digest: string;
  readonly size: number;
  readonly hasher: Hasher;
  /** Names the blob in errors. */
  readonly what: string;
}

/** Passes bytes through and throws at the end unless size and digest match: the last thing a reader sees. */
export async function* verified(
  input: AsyncIterable<Uint8Array>,
  { digest, size, hasher, what }: ExpectedBytes,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of input) {
    total += chunk.length;
    if (total > size) break;
    hasher.update(chunk);
    yield chunk;
  }
  if (total !== size) {
    throw new PhylloError(
      'size-mismatch',
      `read ${what}: it has ${total > size ? 'more than' : 'only'} ${Math.min(total, size)} bytes instead of ${size}`,
      {
        data: { expected: size, found: total },
      },
    );
  }
  const found = hasher.digest();
  if (found === digest) return;
  throw new PhylloError('digest-mismatch', `read ${what}: its bytes have the digest ${found}`, {
    hint: 'The data is damaged or was tampered with; get it again.',
    data: { expected: digest, found },
  });
}

/** Calls back with the bytes that passed so far. */
export async function* counted(
  input: AsyncIterable<Uint8Array>,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of input) {
    done += chunk.length;
    onBytes(done);
    yield chunk;
  }
}

/** Stops with `cancelled` as soon as the signal fires, between chunks. */
export async function* cancellable(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'read: cancelled');
    yield chunk;
  }
}

/** The same bytes in pieces of one size but the last: each piece costs whoever passes it on. */
export async function* inBlocks(
  input: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filledBytes = 0;
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + blockBytes - filledBytes);
      block.set(piece, filledBytes);
      filledBytes += piece.length;
      at += piece.length;
      if (filledBytes < blockBytes) continue;
      yield block;
      block = Buffer.allocUnsafe(blockBytes);
      filledBytes = 0;
    }
  }
  if (filledBytes > 0) yield block.subarray(0, filledBytes);
}
