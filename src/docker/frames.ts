// Output of a container without a terminal, as engines send it over one stream: frames of a header of 8 bytes (stream
// number, three zeros, length) and a payload.
import { PhylloError } from '../lib/errors.ts';

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

const HEADER_BYTES = 8;
const STREAMS = ['stdout', 'stdout', 'stderr'] as const;
/** Of one payload held at once by `wholeFrames`: engines cut lines at 16 KiB. */
const MAX_WHOLE_BYTES = 4 * 1024 * 1024;

interface Part extends Frame {
  /** Bytes of the same payload that follow. */
  readonly missing: number;
}

/** Parts of payloads as they come; a payload of any length costs no memory. Throws `network`. */
export async function* frameParts(input: AsyncIterable<Uint8Array>): AsyncGenerator<Part> {
  const header = new Uint8Array(HEADER_BYTES);
  let filled = 0;
  let missing = 0;
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length;) {
      if (missing === 0 && filled < HEADER_BYTES) {
        const taken = Math.min(HEADER_BYTES - filled, chunk.length - at);
        header.set(chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled < HEADER_BYTES) continue;
        missing = payloadBytes(header);
        if (missing === 0) filled = 0;
        continue;
      }
      const data = chunk.subarray(at, at + missing);
      missing -= data.length;
      at += data.length;
      if (missing === 0) filled = 0;
      yield { stream: STREAMS[header[0]!]!, data, missing };
    }
  }
  if (filled > 0) throw new PhylloError('network', 'read output: the stream ends within a frame');
}

function payloadBytes(header: Uint8Array): number {
  if (header[0]! >= STREAMS.length || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) {
    throw new PhylloError('network', 'read output: the engine sent something else than frames');
  }
  return new DataView(header.buffer).getUint32(4);
}

/** Whole payloads. Throws `network`, `limit-exceeded`. */
export async function* wholeFrames(input: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const { stream, data, missing } of frameParts(input)) {
    bytes += data.length;
    if (bytes > MAX_WHOLE_BYTES) {
      throw new PhylloError('limit-exceeded', `read output: a frame is larger than ${MAX_WHOLE_BYTES} bytes`);
    }
    parts.push(data);
    if (missing > 0) continue;
    yield { stream, data: parts.length === 1 ? data : Buffer.concat(parts) };
    parts = [];
    bytes = 0;
  }
}
