// Splits a zstd stream into its frames. Node's decoder stops, silently, after the first frame, but layers come in
// many (zstd:chunked, pzstd, concatenated files), some of them skippable. Format: RFC 8878 §3.1.
import { PhylloError } from '../lib/errors.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

const MAGIC_BYTES = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

type State = 'magic' | 'skippableSize' | 'skip' | 'header' | 'blockHeader' | 'block' | 'checksum';

/** Push parser: bytes in, pieces of frames out, none of which has bytes of two; skippable frames are left out. */
export class ZstdFrameSplitter {
  private state: State = 'magic';
  /** Small fields may be cut in two by chunk borders: they are collected here. */
  private field: number[] = [];
  private remaining = 0;
  private hasChecksum = false;
  private lastBlock = false;

  /** Throws `invalid-archive` for what is no zstd frame. */
  *write(chunk: Uint8Array): Generator<Uint8Array> {
    let frameStart = this.insideFrame() ? 0 : -1;
    for (let at = 0; at < chunk.length;) {
      const wasMagic = this.state === 'magic';
      const end = this.isRun() ? this.takeRun(chunk.length - at) : this.takeField(chunk[at]!);
      at += end;
      if (wasMagic && this.insideFrame()) {
        // The magic may have begun in an earlier chunk.
        if (at < MAGIC_BYTES.length) yield MAGIC_BYTES;
        frameStart = at < MAGIC_BYTES.length ? at : at - MAGIC_BYTES.length;
      }
      if (this.state !== 'magic' || frameStart < 0) continue;
      yield chunk.subarray(frameStart, at);
      frameStart = -1;
    }
    if (frameStart >= 0 && frameStart < chunk.length) yield chunk.subarray(frameStart);
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

  /** Bytes follow that need no look. */
  private isRun(): boolean {
    return this.state === 'skip' || this.state === 'block' || this.state === 'checksum';
  }

  /** Bytes taken, of those that are there. */
  private takeRun(available: number): number {
    const taken = Math.min(this.remaining, available);
    this.remaining -= taken;
    if (this.remaining === 0) this.endRun();
    return taken;
  }

  private endRun(): void {
    if (this.state === 'block' && !this.lastBlock) {
      this.state = 'blockHeader';
    } else if (this.state === 'block' && this.hasChecksum) {
      this.state = 'checksum';
      this.remaining = 4;
    } else {
      this.state = 'magic';
    }
  }

  /** Takes one byte of a field, and goes on to the next state when it is whole. */
  private takeField(byte: number): number {
    this.field.push(byte);
    if (this.field.length >= this.fieldLength()) this.endField();
    return 1;
  }

  private endField(): void {
    const value = this.field.reduceRight((sum, byte) => sum * 256 + byte, 0);
    const field = this.field;
    this.field = [];
    switch (this.state) {
      case 'magic':
        return this.beginFrame(value);
      case 'skippableSize':
        this.remaining = value;
        this.state = value === 0 ? 'magic' : 'skip';
        return;
      case 'header':
        this.hasChecksum = (field[0]! & 4) !== 0;
        this.state = 'blockHeader';
        return;
      default:
        this.beginBlock(value);
    }
  }

  private fieldLength(): number {
    if (this.state === 'blockHeader') return 3;
    if (this.state !== 'header') return 4;
    return frameHeaderLength(this.field[0]!);
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
    if (this.remaining === 0) this.endRun();
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
