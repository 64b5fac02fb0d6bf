// How much of a copied-up file really differs from the file that it covers, block by block.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readAt } from '../lib/files.ts';

export const COMPARED_BLOCK_BYTES = 4096;
const CHUNK_BYTES = 256 * COMPARED_BLOCK_BYTES;
/** Read at once: the way through the thread pool takes longer than the reading. */
const SMALL_BYTES = 64 * 1024;

export function isUsedUp({ bytesLeft, untilMs = Infinity, signal }: CompareBudget): boolean {
  return bytesLeft <= 0 || signal?.aborted === true || performance.now() >= untilMs;
}

/** What may be spent on comparing before somebody else has a turn. */
export interface CompareBudget {
  bytesLeft: number;
  /** On the clock of `performance.now`. Default: never. */
  readonly untilMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Two files of which a part was compared. Holds no descriptor between calls. */
export class Comparison {
  private readonly upper: BigIntStats;
  private readonly lower: BigIntStats;
  private offset = 0;
  private differing: number;

  constructor(upper: BigIntStats, lower: BigIntStats) {
    this.upper = upper;
    this.lower = lower;
    this.differing = Math.abs(Number(upper.size) - Number(lower.size));
  }

  /**
   * Compares on. Gives the number of bytes that differ, `unfinished` when the budget was used up, and `changed` when a
   * file is no longer what it was or cannot be read.
   */
  async proceed(
    upper: Buffer,
    lower: Buffer,
    budget: CompareBudget,
  ): Promise<number | 'unfinished' | 'changed'> {
    const end = Math.min(Number(this.upper.size), Number(this.lower.size));
    if (end === 0) return this.differing;
    const fds: number[] = [];
    try {
      for (const [place, stat] of [
        [upper, this.upper],
        [lower, this.lower],
      ] as const) {
        fds.push(openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
        if (!isSame(fds.at(-1)!, stat)) return 'changed';
      }
      const bufferBytes = Math.min(CHUNK_BYTES, end);
      const buffers = [Buffer.allocUnsafe(bufferBytes), Buffer.allocUnsafe(bufferBytes)];
      while (this.offset < end) {
        if (isUsedUp(budget)) return 'unfinished';
        const length = Math.min(CHUNK_BYTES, end - this.offset);
        const [ours, theirs] = await Promise.all(
          fds.map((fd, index) => readChunk(fd, buffers[index]!, length, this.offset)),
        );
        if (ours === undefined || theirs === undefined) return 'changed';
        this.differing += differingBytes(ours, theirs);
        this.offset += length;
        budget.bytesLeft -= length;
      }
      return isSame(fds[0]!, this.upper) ? this.differing : 'changed';
    } catch {
      return 'changed';
    } finally {
      for (const fd of fds) closeSync(fd);
    }
  }
}

function isSame(fd: number, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): boolean {
  const now = fstatSync(fd, { bigint: true });
  return (
    now.dev === dev &&
    now.ino === ino &&
    now.size === size &&
    now.mtimeNs === mtimeNs &&
    now.ctimeNs === ctimeNs
  );
}

/** undefined when the file is shorter than it was. */
async function readChunk(
  fd: number,
  buffer: Buffer,
  length: number,
  at: number,
): Promise<Buffer | undefined> {
  let filled = 0;
  while (filled < length) {
    const bytesRead =
      length <= SMALL_BYTES
        ? readSync(fd, buffer, filled, length - filled, at + filled)
        : await readAt(fd, buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Of two pieces of one length that begin at a block: the bytes of the blocks that differ. */
export function differingBytes(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return 0;
  let bytes = 0;
  for (let start = 0; start < a.length; start += COMPARED_BLOCK_BYTES) {
    const end = Math.min(start + COMPARED_BLOCK_BYTES, a.length);
    if (a.compare(b, start, end, start, end) !== 0) bytes += end - start;
  }
  return bytes;
}
