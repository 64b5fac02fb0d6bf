// Strict push parser for layer tars: chunks of any size in, entries and bodies out. Memory is bounded by one header.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { TarEntry } from './entry.ts';
import { BLOCK_BYTES, paddedBytes } from './tar-fields.ts';
import { type Step, TarHeaders } from './tar-headers.ts';

export interface TarSink {
  entry(entry: TarEntry): void;
  /** Parts of the entry's stored body, in order; the view is only valid during the call. */
  data?(chunk: Uint8Array): void;
  /** After the last part of the body; also for entries without one. */
  endEntry?(): void;
}

const EMPTY: Uint8Array = new Uint8Array(0);

type State = 'header' | 'meta' | 'body' | 'padding' | 'end';

export class TarParser {
  private readonly sink: TarSink;
  private readonly headers = new TarHeaders();
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private filled = 0;
  private state: State = 'header';
  private remaining = 0;
  private padding = 0;
  private metaBody: Uint8Array = EMPTY;
  private current: TarEntry | undefined;
  /** Bytes consumed so far. */
  private offset = 0;

  constructor(sink: TarSink) {
    this.sink = sink;
  }

  /** Throws `invalid-archive`, `path-escape`, `limit-exceeded`; the parser is of no use after that. */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && this.state !== 'end';) at += this.consume(chunk, at);
  }

  /** Throws `invalid-archive` when the tar stopped inside a header or a body. */
  end(): void {
    if (this.state === 'end' || (this.atBoundary() && this.headers.atBoundary())) return;
    const place = this.current === undefined ? '' : ` in ${safeBytes(this.current.path)}`;
    throw new PhylloError('invalid-archive', `read tar: it ends early${place}, at byte ${this.offset}`, {
      hint: 'The download or copy was cut short; get the image again.',
      data: { offset: this.offset },
    });
  }

  /** Between a body and a header. The padding of the last body may be missing, its bytes may not. */
  private atBoundary(): boolean {
    return this.state === 'padding' || (this.state === 'header' && this.filled === 0);
  }

  /** Takes what the present state can use; returns how many bytes that was. */
  private consume(chunk: Uint8Array, at: number): number {
    if (this.state === 'header') return this.consumeHeader(chunk, at);
    const taken = Math.min(this.remaining, chunk.length - at);
    this.remaining -= taken;
    this.offset += taken;
    if (this.state === 'meta')
      this.metaBody.set(chunk.subarray(at, at + taken), this.metaBody.length - this.remaining - taken);
    else if (this.state === 'body') this.sink.data?.(chunk.subarray(at, at + taken));
    if (this.remaining === 0) this.endRun();
    return taken;
  }

  private consumeHeader(chunk: Uint8Array, at: number): number {
    if (this.filled === 0 && chunk.length - at >= BLOCK_BYTES) {
      this.offset += BLOCK_BYTES;
      this.follow(this.headers.block(chunk.subarray(at, at + BLOCK_BYTES), this.offset - BLOCK_BYTES));
      return BLOCK_BYTES;
    }
    const taken = Math.min(BLOCK_BYTES - this.filled, chunk.length - at);
    this.block.set(chunk.subarray(at, at + taken), this.filled);
    this.filled += taken;
    this.offset += taken;
    if (this.filled === BLOCK_BYTES) {
      this.filled = 0;
      this.follow(this.headers.block(this.block, this.offset - BLOCK_BYTES));
    }
    return taken;
  }

  private follow(step: Step): void {
    if (step.kind === 'end') this.state = 'end';
    else if (step.kind === 'meta') this.begin('meta', step.bytes);
    else if (step.kind === 'entry') {
      this.current = step.entry;
      this.sink.entry(step.entry);
      this.begin('body', step.bodyBytes);
    }
  }

  private begin(state: 'meta' | 'body', bytes: number): void {
    this.state = state;
    this.remaining = bytes;
    this.padding = paddedBytes(bytes) - bytes;
    if (state === 'meta') this.metaBody = new Uint8Array(bytes);
    if (bytes === 0) this.endRun();
  }

  private endRun(): void {
    if (this.state === 'meta') {
      this.headers.meta(this.metaBody);
      this.metaBody = EMPTY;
    } else if (this.state === 'body') {
      this.current = undefined;
      this.sink.endEntry?.();
    }
    const needsPadding = this.state !== 'padding' && this.padding > 0;
    this.state = needsPadding ? 'padding' : 'header';
    this.remaining = needsPadding ? this.padding : 0;
  }
}
