// Content digests of the files of a layer tar, computed while the tar passes.
import { createHash, hash, type Hash } from 'node:crypto';
import type { SparseChunk, TarEntry } from './entry.ts';
import type { TarSink } from './tar-parser.ts';

/** The zeros of more holes than this in a layer are not hashed: a few bytes of tar could ask for days of work. */
const MAX_HASHED_HOLES_BYTES = 256 * 1024 * 1024;
const ZEROS_BYTES = 64 * 1024;

export type OnEntry = (entry: TarEntry, contentDigest?: Uint8Array) => void;

/** Hands entries on when their bodies have passed, with the sha256 of their contents if wanted and known. */
export class ContentHasher implements TarSink {
  private readonly onEntry: OnEntry;
  private readonly hashFiles: boolean;
  private current: TarEntry | undefined;
  private running: Hash | undefined;
  private digest: Uint8Array | undefined;
  private holes: HoleFiller | undefined;
  private holeBytesLeft = MAX_HASHED_HOLES_BYTES;

  constructor(onEntry: OnEntry, hashFiles: boolean) {
    this.onEntry = onEntry;
    this.hashFiles = hashFiles;
  }

  entry(entry: TarEntry): void {
    this.current = entry;
    this.running = undefined;
    this.digest = undefined;
    this.holes = entry.sparse && this.openHoles(entry.sparse, entry);
  }

  private openHoles(chunks: readonly SparseChunk[], { sizeBytes, storedBytes }: TarEntry): HoleFiller {
    const holeBytes = sizeBytes - storedBytes;
    const isHashed = this.hashFiles && holeBytes <= this.holeBytesLeft;
    if (isHashed) this.holeBytesLeft -= holeBytes;
    return new HoleFiller(chunks, sizeBytes, isHashed);
  }

  data(chunk: Uint8Array): void {
    const entry = this.current!;
    if (!this.hashFiles || entry.type !== 'file') return;
    if (this.holes) return this.holes.add(chunk);
    if (chunk.length === entry.sizeBytes) this.digest = hash('sha256', chunk, 'buffer');
    else (this.running ??= createHash('sha256')).update(chunk);
  }

  endEntry(): void {
    const entry = this.current!;
    this.onEntry(entry, this.finishDigest(entry));
  }

  private finishDigest(entry: TarEntry): Uint8Array | undefined {
    if (!this.hashFiles || entry.type !== 'file') return undefined;
    if (this.holes) return this.holes.finish();
    return this.digest ?? (this.running ?? createHash('sha256')).digest();
  }
}

/** Hashes a sparse file as it reads: zeros in the holes. */
class HoleFiller {
  private readonly chunks: readonly SparseChunk[];
  private readonly sizeBytes: number;
  private readonly hash: Hash | undefined;
  private index = 0;
  private insideChunk = 0;
  private at = 0;

  constructor(chunks: readonly SparseChunk[], sizeBytes: number, isHashed: boolean) {
    this.chunks = chunks;
    this.sizeBytes = sizeBytes;
    this.hash = isHashed ? createHash('sha256') : undefined;
  }

  add(data: Uint8Array): void {
    if (this.hash === undefined) return;
    for (let taken = 0; taken < data.length;) {
      const { offset, length } = this.chunks[this.index]!;
      this.zerosUpTo(offset);
      const piece = data.subarray(taken, taken + length - this.insideChunk);
      this.hash.update(piece);
      this.at += piece.length;
      taken += piece.length;
      this.insideChunk += piece.length;
      if (this.insideChunk === length) {
        this.index++;
        this.insideChunk = 0;
      }
    }
  }

  private zerosUpTo(offset: number): void {
    if (this.at >= offset) return;
    const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, offset - this.at));
    while (this.at < offset) {
      const piece = zeros.subarray(0, offset - this.at);
      this.hash!.update(piece);
      this.at += piece.length;
    }
  }

  finish(): Uint8Array | undefined {
    if (this.hash === undefined) return undefined;
    this.zerosUpTo(this.sizeBytes);
    return this.hash.digest();
  }
}
