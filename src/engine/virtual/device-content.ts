// What devices and files of /proc give to those who read them.
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FileContent } from '../../tree/content.ts';
import type { DeviceName } from './inode.ts';

const MAX_CHUNK_BYTES = 1024 * 1024;

export function madeContent(data: Uint8Array): FileContent {
  return {
    sizeBytes: data.length,
    read: async (offset, length) => data.subarray(offset, offset + length),
    open: async () => Readable.from([data], { objectMode: false }),
  };
}

/** `sizeBytes` is Infinity for those that never end. */
export function deviceContent(device: DeviceName): FileContent {
  if (device !== 'zero' && device !== 'full' && device !== 'random') return madeContent(new Uint8Array(0));
  const make = (length: number): Uint8Array =>
    device === 'random' ? randomBytes(length) : new Uint8Array(length);
  return {
    sizeBytes: Infinity,
    read: async (_offset, length) => make(Math.min(length, MAX_CHUNK_BYTES)),
    open: async () =>
      new Readable({
        read(size) {
          this.push(make(Math.min(size, MAX_CHUNK_BYTES)));
        },
      }),
  };
}
