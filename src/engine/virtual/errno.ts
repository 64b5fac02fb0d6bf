// What a file system call inside a container fails with: the error that a kernel would give, as one of ours.
import { type ErrorCode, PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import { toBytes } from './byte-names.ts';

const MEANINGS = {
  ENOENT: ['not-found', 'no such file or directory'],
  EEXIST: ['already-exists', 'file already exists'],
  ENOTDIR: ['not-found', 'not a directory'],
  EISDIR: ['invalid-argument', 'illegal operation on a directory'],
  ENOTEMPTY: ['invalid-argument', 'directory not empty'],
  EACCES: ['read-only', 'permission denied'],
  EPERM: ['read-only', 'operation not permitted'],
  EINVAL: ['invalid-argument', 'invalid argument'],
  ELOOP: ['invalid-argument', 'too many levels of symbolic links'],
  EBUSY: ['invalid-argument', 'resource busy or locked'],
  EFBIG: ['limit-exceeded', 'file too large'],
  ENOSPC: ['no-space', 'no space left on device'],
  EROFS: ['read-only', 'read-only file system'],
  ENAMETOOLONG: ['invalid-argument', 'file name too long'],
} as const satisfies Record<string, readonly [ErrorCode, string]>;

export type Errno = keyof typeof MEANINGS;

/** `path` is a byte name. `data.errno` has the kernel's word. */
export function failure(errno: Errno, path: string): PhylloError {
  const [code, reason] = MEANINGS[errno];
  return new PhylloError(code, `${errno}: ${reason}, '${safeBytes(toBytes(path))}'`, { data: { errno } });
}

export function errnoOf(error: unknown): string | undefined {
  const errno = isPhylloError(error) ? error.data['errno'] : undefined;
  return typeof errno === 'string' ? errno : undefined;
}
