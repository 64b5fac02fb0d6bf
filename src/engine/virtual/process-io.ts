// The streams of one process of a virtual container, whoever is tied to them.

export interface ProcessIo {
  /** Resolves when there is room for more. */
  output(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void>;
  /** Undefined at the end of the input. */
  nextInput(): Promise<Uint8Array | undefined>;
}

/** Input on its way to a process: bounded by whoever writes it. */
export class InputQueue {
  private readonly chunks: Uint8Array[] = [];
  private readonly waiting: ((chunk: Uint8Array | undefined) => void)[] = [];
  private ended = false;

  push(chunk: Uint8Array): void {
    if (this.ended || chunk.length === 0) return;
    const next = this.waiting.shift();
    if (next) next(chunk);
    else this.chunks.push(chunk);
  }

  end(): void {
    this.ended = true;
    for (const next of this.waiting.splice(0)) next(undefined);
  }

  next(): Promise<Uint8Array | undefined> {
    const chunk = this.chunks.shift();
    if (chunk !== undefined || this.ended) return Promise.resolve(chunk);
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
