// Frames on a byte stream between a container's agent and those who talk to it: type (1 byte), length (4, big endian),
// payload. Pure: bytes in, frames out.
import { PhylloError } from '../lib/errors.ts';

export const FRAME_TYPES = {
  json: 0,
  stdin: 1,
  stdout: 2,
  stderr: 3,
  data: 4,
  end: 5,
  /** `{code, message, hint, data}` of a PhylloError. */
  error: 6,
} as const;

export type FrameType = keyof typeof FRAME_TYPES;

export interface Frame {
  readonly type: FrameType;
  readonly payload: Buffer;
}

export const MAX_FRAME_BYTES = 1024 * 1024;
const HEADER_BYTES = 5;
/** These are bytes of a stream: where they are cut does not matter. */
const STREAMS: ReadonlySet<FrameType> = new Set(['stdin', 'stdout', 'stderr', 'data']);
const NAMES = new Map<number, FrameType>(
  Object.entries(FRAME_TYPES).map(([name, number]) => [number, name as FrameType]),
);

/** Pieces to be written one after the other; more than fits a frame becomes several. Throws `limit-exceeded`. */
export function* encodeFrames(type: FrameType, payload: Uint8Array): Generator<Uint8Array> {
  if (payload.length > MAX_FRAME_BYTES && !STREAMS.has(type)) {
    throw new PhylloError('limit-exceeded', `send message: it is larger than ${MAX_FRAME_BYTES} bytes`);
  }
  let at = 0;
  do {
    const piece = payload.subarray(at, at + MAX_FRAME_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(FRAME_TYPES[type], 0);
    header.writeUInt32BE(piece.length, 1);
    yield header;
    if (piece.length > 0) yield piece;
    at += MAX_FRAME_BYTES;
  } while (at < payload.length);
}

/** Holds at most one unfinished frame. */
export class FrameDecoder {
  private chunks: Uint8Array[] = [];
  private bufferedBytes = 0;
  private header: { type: FrameType; lengthBytes: number } | undefined;

  /** The frames that are whole with this chunk. Throws `invalid-argument`, `limit-exceeded` for what is no frame. */
  push(chunk: Uint8Array): Frame[] {
    this.chunks.push(chunk);
    this.bufferedBytes += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.next(); frame; frame = this.next()) frames.push(frame);
    return frames;
  }

  /** Throws `io` when the stream ended within a frame. */
  end(): void {
    if (this.bufferedBytes === 0 && this.header === undefined) return;
    throw new PhylloError('io', 'read message: the connection ended within it');
  }

  private next(): Frame | undefined {
    if (this.header === undefined) {
      if (this.bufferedBytes < HEADER_BYTES) return undefined;
      this.header = parseHeader(this.take(HEADER_BYTES));
    }
    const { type, lengthBytes } = this.header;
    if (this.bufferedBytes < lengthBytes) return undefined;
    this.header = undefined;
    return { type, payload: this.take(lengthBytes) };
  }

  /** Joins chunks only once they are enough: many small ones cost no more than one large one. */
  private take(lengthBytes: number): Buffer {
    const all = this.chunks.length === 1 ? toBuffer(this.chunks[0]!) : Buffer.concat(this.chunks);
    const taken = all.subarray(0, lengthBytes);
    const rest = all.subarray(lengthBytes);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.bufferedBytes = rest.length;
    return taken;
  }
}

function parseHeader(header: Buffer): { type: FrameType; lengthBytes: number } {
  const type = NAMES.get(header.readUInt8(0));
  if (type === undefined) {
    throw new PhylloError('invalid-argument', `read message: there is no type ${header.readUInt8(0)}`);
  }
  const lengthBytes = header.readUInt32BE(1);
  if (lengthBytes > MAX_FRAME_BYTES) {
    throw new PhylloError('limit-exceeded', `read message: it is larger than ${MAX_FRAME_BYTES} bytes`);
  }
  return { type, lengthBytes };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
