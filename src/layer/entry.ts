// One entry of a layer tar, after PAX, GNU and ustar extensions were folded in.

export type EntryType = 'file' | 'dir' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';

export interface SparseChunk {
  /** Where the chunk lies in the logical file. */
  readonly offset: number;
  readonly length: number;
}

export interface TarEntry {
  /**
   * Raw path bytes relative to the layer's root, cleaned: no leading `/` or `./`, no trailing `/`, no empty or `.`
   * component. Empty for the root itself. Never holds a NUL or a `..` component (such layers are refused).
   */
  readonly path: Uint8Array;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Logical size of the content; 0 for anything but a regular file. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  /** Raw link target: a symlink's text as written, a hard link's path cleaned like `path`. Empty otherwise. */
  readonly linkname: Uint8Array;
  readonly devMajor: number;
  readonly devMinor: number;
  /** From SCHILY.xattr.* and LIBARCHIVE.xattr.*; undefined when there are none. */
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  /** Where the body starts in the uncompressed tar; -1 without a body. */
  readonly dataOffset: number;
  /** Bytes of the body in the tar; differs from `sizeBytes` only for sparse files. */
  readonly storedBytes: number;
  /** The data chunks of a sparse file, in order; the bodies of the chunks lie one after the other at `dataOffset`. */
  readonly sparse: readonly SparseChunk[] | undefined;
}
