// Every inode that died, as columns: where it was last seen, what it weighed, who made it, who killed it and how.

export const DeathCause = { overwritten: 0, deleted: 1, metadataOnly: 2, opaqueHidden: 3 } as const;
export type DeathCause = (typeof DeathCause)[keyof typeof DeathCause];

/** Names of the causes, by number. */
export const CAUSES = ['overwritten', 'deleted', 'metadataOnly', 'opaqueHidden'] as const;

export interface Death {
  /** Path node of the last name that went. */
  readonly node: number;
  /** The version that went with it. */
  readonly version: number;
  readonly bytes: number;
  readonly maker: number;
  readonly killer: number;
  readonly cause: DeathCause;
  /** All names came with the maker and went with the killer: the bytes are never shipped when the two are one layer. */
  readonly isWhole: boolean;
}

/** In the order in which they died. */
export class Deaths {
  readonly node: Int32Array;
  readonly version: Int32Array;
  readonly bytes: Float64Array;
  readonly maker: Uint32Array;
  readonly killer: Uint32Array;
  readonly cause: Uint8Array;
  readonly isWhole: Uint8Array;
  private length = 0;

  constructor(capacity: number) {
    this.node = new Int32Array(capacity);
    this.version = new Int32Array(capacity);
    this.bytes = new Float64Array(capacity);
    this.maker = new Uint32Array(capacity);
    this.killer = new Uint32Array(capacity);
    this.cause = new Uint8Array(capacity);
    this.isWhole = new Uint8Array(capacity);
  }

  get count(): number {
    return this.length;
  }

  add({ node, version, bytes, maker, killer, cause, isWhole }: Death): void {
    const at = this.length++;
    this.node[at] = node;
    this.version[at] = version;
    this.bytes[at] = bytes;
    this.maker[at] = maker;
    this.killer[at] = killer;
    this.cause[at] = cause;
    this.isWhole[at] = isWhole ? 1 : 0;
  }
}
