// A tree of files that a build reads: a context, a stage, an image. Paths are *raw*: one character a byte (latin1), no
// leading slash, '' is the root.
import type { Readable } from 'node:stream';

export interface FileFacts {
  readonly type: 'file' | 'dir' | 'symlink' | 'char' | 'block' | 'fifo';
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Content bytes of a regular file, else 0. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  /** Raw target of a symlink. */
  readonly linkname?: string;
  readonly devMajor?: number;
  readonly devMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** The same for all names of one file with several; undefined for others. */
  readonly inode?: string;
}

/** A root that nothing is told of. */
export const EMPTY_ROOT: FileFacts = {
  type: 'dir',
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtimeSeconds: 0,
  mtimeNanos: 0,
};

export interface FileView {
  /** No links are followed, also on the way: a path through a link is not there. */
  lookup(path: string): FileFacts | undefined;
  /** Names in a directory, sorted by bytes; empty for what is none. */
  children(path: string): readonly string[];
}

/** With contents. */
export interface FileSource extends FileView {
  /** Bytes of a regular file. Throws `io` for one that is not as it was when it was listed. */
  open(path: string): Readable;
  /** sha256 of a regular file's bytes, hex. Kept, so that asking twice costs nothing. */
  digest(path: string, signal?: AbortSignal): Promise<string>;
}
