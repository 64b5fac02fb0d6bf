// How much the R/W layer of a virtual container may hold.
import { failure } from './errno.ts';

/** Of one file; whoever reads a file in the shell has it in memory. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;

export interface UpperLimits {
  readonly maxBytes: number;
  readonly maxNames: number;
}

export const UPPER_LIMITS: UpperLimits = { maxBytes: 16 * 1024 ** 3, maxNames: 1_000_000 };

export class Room {
  private readonly limits: UpperLimits;
  private usedBytes: number;

  /** `usedBytes`: what is there already. */
  constructor(usedBytes: number, limits = UPPER_LIMITS) {
    this.usedBytes = usedBytes;
    this.limits = limits;
  }

  take(bytes: number): void {
    this.usedBytes += bytes;
  }

  free(bytes: number): void {
    this.usedBytes = Math.max(0, this.usedBytes - bytes);
  }

  /** Throws when there is no room for a file of `fileBytes` that brings `newBytes`. */
  check(fileBytes: number, newBytes: number, path: string): void {
    if (fileBytes > MAX_FILE_BYTES) throw failure('EFBIG', path);
    if (this.usedBytes + newBytes > this.limits.maxBytes) throw failure('ENOSPC', path);
  }

  /** Throws when there is no room for one more name. */
  checkNames(names: number, path: string): void {
    if (names >= this.limits.maxNames) throw failure('ENOSPC', path);
  }

  /** The chunks of a new file, for as long as there is room. */
  async *bounded(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    path: string,
  ): AsyncGenerator<Uint8Array> {
    let total = 0;
    for await (const chunk of chunks) {
      total += chunk.length;
      this.check(total, total, path);
      yield chunk;
    }
  }
}
