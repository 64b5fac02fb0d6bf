// A sha256 for each node of a file table, where it is known.

const BYTES = 32;

export class DigestColumn {
  private readonly bytes: Buffer;
  private readonly known: Uint8Array;

  constructor(count: number) {
    this.bytes = Buffer.alloc(count * BYTES);
    this.known = new Uint8Array(count);
  }

  /** Hex, or undefined. */
  get(node: number): string | undefined {
    return this.known[node] === 1 ? this.bytes.toString('hex', node * BYTES, (node + 1) * BYTES) : undefined;
  }

  set(node: number, digest: Uint8Array): void {
    this.bytes.set(digest, node * BYTES);
    this.known[node] = 1;
  }
}
