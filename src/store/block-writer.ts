// Gathers what comes in pieces of any size into blocks; one is written while the next one fills.

/** Most blobs are small: a large block for each would keep the garbage collector at work. */
const FIRST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** `block` is the writer's again when the promise is there. */
export type WriteBlock = (block: Uint8Array, position: number) => Promise<void>;

export class BlockWriter {
  private readonly writeBlock: WriteBlock;
  private filling: Uint8Array = new Uint8Array(FIRST_BLOCK_BYTES);
  private spare: Uint8Array | undefined;
  private filledBytes = 0;
  private position = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(writeBlock: WriteBlock) {
    this.writeBlock = writeBlock;
  }

  /** Throws what writing an earlier block threw. The chunk is not needed any more when this resolves. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + this.filling.length - this.filledBytes);
      this.filling.set(piece, this.filledBytes);
      this.filledBytes += piece.length;
      at += piece.length;
      if (this.filledBytes === this.filling.length) await this.flush();
    }
  }

  /** Resolves when all is written. */
  async end(): Promise<void> {
    await this.flush();
    await this.writing;
  }

  private async flush(): Promise<void> {
    await this.writing;
    if (this.filledBytes === 0) return;
    const block = this.filling.subarray(0, this.filledBytes);
    this.writing = this.writeBlock(block, this.position);
    // Whoever writes or ends next is told.
    this.writing.catch(() => undefined);
    this.position += this.filledBytes;
    const next = this.spare ?? new Uint8Array(BLOCK_BYTES);
    this.spare = this.filling.length === BLOCK_BYTES ? this.filling : undefined;
    this.filling = next;
    this.filledBytes = 0;
  }
}
