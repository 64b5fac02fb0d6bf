// Reads the headers of an uncompressed tar by position and skips the bodies. Runs in worker threads: reads are
// synchronous, which halves the cost of many small ones.
import { closeSync, openSync, readSync } from 'node:fs';
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { TarEntry } from './entry.ts';
import { BLOCK_BYTES, paddedBytes } from './tar-fields.ts';
import { TarHeaders } from './tar-headers.ts';

/** Headers of small files lie close together: one read serves many. Larger windows lose on cold disks. */
const WINDOW_BYTES = 16 * 1024;

/** Calls back for every entry in tar order. Throws as `TarParser` does; `cancelled` when the signal fires. */
export function readTarHeaders(
  location: BlobLocation,
  onEntry: (entry: TarEntry) => void,
  { signal }: { signal?: AbortSignal } = {},
): void {
  const file = openSync(location.path, 'r');
  try {
    walk(new Window(file, location), onEntry, signal);
  } finally {
    closeSync(file);
  }
}

function walk(window: Window, onEntry: (entry: TarEntry) => void, signal: AbortSignal | undefined): void {
  const headers = new TarHeaders();
  for (let at = 0; ;) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'read tar: cancelled');
    if (at === window.sizeBytes && headers.atBoundary()) return;
    const step = headers.block(window.bytes(at, BLOCK_BYTES), at);
    at += BLOCK_BYTES;
    switch (step.kind) {
      case 'end':
        return;
      case 'meta':
        headers.meta(window.bytes(at, step.bytes));
        at = Math.min(at + paddedBytes(step.bytes), window.sizeBytes);
        break;
      case 'entry':
        // The padding of the last body may be missing, its bytes may not.
        if (at + step.bodyBytes > window.sizeBytes) throw cutShort(window.sizeBytes, step.entry);
        at = Math.min(at + paddedBytes(step.bodyBytes), window.sizeBytes);
        onEntry(step.entry);
    }
  }
}

/** A part of the file in memory, moved forward as it is asked for. */
class Window {
  readonly sizeBytes: number;
  private readonly file: number;
  private readonly base: number;
  private buffer = Buffer.allocUnsafe(WINDOW_BYTES);
  private start = 0;
  private length = 0;

  constructor(file: number, { offset, sizeBytes }: BlobLocation) {
    this.file = file;
    this.base = offset;
    this.sizeBytes = sizeBytes;
  }

  /** The view is valid until the next call. */
  bytes(at: number, count: number): Uint8Array {
    if (at + count > this.sizeBytes) throw cutShort(this.sizeBytes);
    if (at < this.start || at + count > this.start + this.length) this.fill(at, count);
    return this.buffer.subarray(at - this.start, at - this.start + count);
  }

  private fill(at: number, count: number): void {
    if (count > this.buffer.length) this.buffer = Buffer.allocUnsafe(count);
    // The buffer may have grown for one large header: reading that much each time would read the bodies.
    const wanted = Math.min(Math.max(WINDOW_BYTES, count), this.sizeBytes - at);
    this.start = at;
    this.length = 0;
    while (this.length < wanted) {
      const got = readSync(
        this.file,
        this.buffer,
        this.length,
        wanted - this.length,
        this.base + at + this.length,
      );
      if (got === 0) break;
      this.length += got;
    }
    if (this.length < count) throw cutShort(at + this.length);
  }
}

function cutShort(offset: number, entry?: TarEntry): PhylloError {
  const place = entry === undefined ? '' : ` in ${safeBytes(entry.path)}`;
  return new PhylloError('invalid-archive', `read tar: it ends early${place}, at byte ${offset}`, {
    hint: 'The download or copy was cut short; get the image again.',
    data: { offset },
  });
}
