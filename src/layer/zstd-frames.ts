// Splits a zstd stream into its frames. Node's decoder stops, silently, after the first frame, but layers come in
// many (zstd:chunked, pzstd, concatenated files), some of them skippable. Format: RFC 8878 §3.1.
import { PhylloError } from '../lib/errors.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

export interface FramePart {
  readonly data: Uint8Array;
  /** True for the last part of a frame. */
  readonly last: boolean;
}

type State = 'magic' | 'skippableSize' | 'skip' | 'header' | 'blockHeader' | 'block' | 'checksum';

/** Push parser: bytes in, parts of frames out; skippable frames are left out. */
export class ZstdFrameSplitter {
  private state: State = 'magic';
  /** Small fields may be cut in two by chunk borders: they are collected here. */
  private field: number[] = [];
  private remaining = 0;
  private hasChecksum = false;
  private lastBlock = false;

  /** Throws `invalid-archive` for what is no zstd frame. */
  *write(chunk: Uint8Array): Generator<FramePart> {
    let frameStart = this.insideFrame() ? 0 : -1;
    for (let at = 0; at < chunk.length;) {
      if (this.state === 'skip' || this.state === 'block' || this.state === 'checksum') {
        const taken = Math.min(this.remaining, chunk.length - at);
        this.remaining -= taken;
        at += taken;
        if (this.remaining > 0) continue;
        if (!this.endOfRun()) continue;
        if (frameStart >= 0) yield { data: chunk.subarray(frameStart, at), last: true };
        frameStart = -1;
        continue;
      }
      // The magic of a frame may begin in an earlier chunk; it is put in front again when the frame is known.
      this.field.push(chunk[at++]!);
      const wasMagic = this.state === 'magic';
      if (!this.endOfField()) continue;
      if (wasMagic && this.insideFrame()) {
        yield { data: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), last: false };
        frameStart = at;
      }
      if (this.state === 'magic' && frameStart >= 0) {
        yield { data: chunk.subarray(frameStart, at), last: true };
        frameStart = -1;
      }
    }
    if (frameStart >= 0 && frameStart < chunk.length) yield { data: chunk.subarray(frameStart), last: false };
  }

  /** Throws `invalid-archive` when the stream stops inside a frame. */
  end(): void {
    if (this.state !== 'magic' || this.field.length > 0) throw damaged('it is cut short');
  }

  private insideFrame(): boolean {
    return (
      this.state === 'header' ||
      this.state === 'blockHeader' ||
      this.state === 'block' ||
      this.state === 'checksum'
    );
  }

  /** A run of bytes is over; true when a frame is over with it. */
  private endOfRun(): boolean {
    if (this.state === 'block' && !this.lastBlock) {
      this.state = 'blockHeader';
      return false;
    }
    if (this.state === 'block' && this.hasChecksum) {
      this.state = 'checksum';
      this.remaining = 4;
      return false;
    }
    const wasFrame = this.state !== 'skip';
    this.state = 'magic';
    return wasFrame;
  }

  /** Looks whether the field is whole, and goes on to the next state if so. */
  private endOfField(): boolean {
    const needed = this.fieldLength();
    if (this.field.length < needed) return false;
    const value = this.field.reduceRight((sum, byte) => sum * 256 + byte, 0);
    const field = this.field;
    this.field = [];
    switch (this.state) {
      case 'magic':
        this.beginFrame(value);
        break;
      case 'skippableSize':
        this.remaining = value;
        this.state = value === 0 ? 'magic' : 'skip';
        break;
      case 'header':
        this.hasChecksum = (field[0]! & 4) !== 0;
        this.state = 'blockHeader';
        break;
      default:
        this.beginBlock(value);
    }
    return true;
  }

  private fieldLength(): number {
    if (this.state === 'blockHeader') return 3;
    if (this.state !== 'header') return 4;
    return this.field.length === 0 ? 1 : frameHeaderLength(this.field[0]!);
  }

  private beginFrame(magic: number): void {
    if (magic === MAGIC) this.state = 'header';
    else if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) this.state = 'skippableSize';
    else throw damaged('there is something else than a frame in it');
  }

  private beginBlock(header: number): void {
    const type = (header >> 1) & 3;
    if (type === 3) throw damaged('it has a block of an unknown type');
    this.lastBlock = (header & 1) !== 0;
    this.remaining = type === 1 ? 1 : header >> 3;
    this.state = 'block';
    if (this.remaining === 0) this.endOfRun();
  }
}

/** Bytes of the frame header after the magic, from its descriptor byte. */
function frameHeaderLength(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  return 1 + (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
}

function damaged(reason: string): PhylloError {
  return new PhylloError('invalid-archive', `decompress zstd: ${reason}`);
}
