// Small files of a container's root, read without ever waiting: an image may have a named pipe or a device in their place.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isPhylloError, isSystemError } from '../../lib/errors.ts';
import type { Directory } from '../../layer/apply-directory.ts';
import { placeOf, resolveInRoot } from './root-path.ts';

/**
 * Content of the regular file that `path` leads to, one byte more than `maxBytes` at most: the caller sees that it is
 * too large. undefined when there is no such file.
 */
export function readRootFile(root: Directory, path: string, maxBytes: number): Buffer | undefined {
  try {
    const found = resolveInRoot(root, Buffer.from(path), { follow: true });
    try {
      return found.stat?.isFile() ? readStart(placeOf(found), maxBytes + 1) : undefined;
    } finally {
      found.close();
    }
  } catch (error) {
    if (isPhylloError(error, 'not-found') || isPhylloError(error, 'invalid-argument')) return undefined;
    throw error;
  }
}

function readStart(place: Buffer, maxBytes: number): Buffer | undefined {
  const fd = openRegular(place);
  if (fd === undefined) return undefined;
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const data = Buffer.alloc(Math.min(maxBytes, fstatSync(fd).size));
    let length = 0;
    for (let count = 1; count > 0 && length < data.length; length += count) {
      count = readSync(fd, data, length, data.length - length, length);
    }
    return data.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/** It may have been swapped since it was looked at. */
function openRegular(place: Buffer): number | undefined {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].some((code) => isSystemError(error, code))) return undefined;
    throw error;
  }
}
