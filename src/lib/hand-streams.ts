// Streams for somebody who has none: what goes in is put in by hand, what comes out is taken by a function.
import { Readable, Writable } from 'node:stream';

export interface HandInput {
  readonly stream: Readable;
  /** False, and nothing is put in, when nobody has read for so long that there is no room. */
  put(bytes: Uint8Array): boolean;
  end(): void;
}

/** Bytes that wait for a reader: more than anybody types. */
const MAX_WAITING = 1024 * 1024;

export function handInput(): HandInput {
  const stream = new Readable({ read: () => {} });
  return {
    stream,
    put: (bytes) => {
      if (stream.destroyed || stream.readableEnded) return false;
      if (stream.readableLength + bytes.length > MAX_WAITING) return false;
      stream.push(bytes);
      return true;
    },
    end: () => void stream.push(null),
  };
}

/** The writer waits until `take` calls `done`. */
export function handOutput(take: (bytes: Uint8Array, done: () => void) => void): Writable {
  return new Writable({ write: (bytes: Uint8Array, _, done) => take(bytes, () => done()) });
}
