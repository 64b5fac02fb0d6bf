// Where the stored bytes of a sparse file belong in it.
import type { SparseChunk } from './entry.ts';

export interface PlacedBytes {
  readonly data: Uint8Array;
  /** In the logical file. */
  readonly offset: number;
}

/** Takes the stored body in order, in parts of any size. */
export class SparsePlaces {
  private readonly chunks: readonly SparseChunk[];
  private index = 0;
  private insideChunk = 0;

  constructor(chunks: readonly SparseChunk[]) {
    this.chunks = chunks;
  }

  *place(data: Uint8Array): Generator<PlacedBytes> {
    for (let taken = 0; taken < data.length;) {
      const { offset, length } = this.chunks[this.index]!;
      const part = data.subarray(taken, taken + length - this.insideChunk);
      yield { data: part, offset: offset + this.insideChunk };
      taken += part.length;
      this.insideChunk += part.length;
      if (this.insideChunk < length) continue;
      this.index++;
      this.insideChunk = 0;
    }
  }
}
