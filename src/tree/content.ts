// Content of a file of a layer, read by position from the layer's uncompressed tar. Holes of sparse files read as zeros.
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { BlobLocation } from '../oci/image.ts';
import { type LayerTree, NodeFlag, NodeType } from './layer-tree.ts';

/** Holds nothing open between calls. */
export interface FileContent {
  /** Logical size. */
  readonly sizeBytes: number;
  /** Bytes [offset, offset+length) of the file, shorter at its end. Throws `limit-exceeded` beyond 64 MiB at once. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The whole file from the start, for extract and cat. */
  open(): Promise<Readable>;
}

const MAX_READ_BYTES = 64 * 1024 * 1024;
const STREAM_BYTES = 256 * 1024;

/**
 * `tar` is where the layer's uncompressed tar lies, `node` a regular file of its tree. A hard link has the bytes of its
 * inode. Throws `invalid-argument` for what has no content, `not-found` for a hard link into a lower layer (see
 * `StackIndex.locateContent`).
 */
export function openContent(tar: BlobLocation, tree: LayerTree, node: number): FileContent {
  const path = filePath(tree, node);
  const sizeBytes = tree.sizeBytes[node]!;
  const extents = new Extents(tree.facts.sparse[node] ?? [[0, sizeBytes]], tree.dataOffset[node]!);
  return new TarFile({ tar, path, sizeBytes, extents });
}

/** Safe to show. Throws for what has no content of its own. */
export function filePath(tree: LayerTree, node: number): string {
  const path = `/${safeBytes(tree.pathBytes(node))}`;
  if (tree.type[node] !== NodeType.file) {
    throw new PhylloError('invalid-argument', `read ${path}: it is not a regular file`);
  }
  if (tree.has(node, NodeFlag.lowerTarget)) {
    throw new PhylloError('not-found', `read ${path}: it is a hard link to a file of a lower layer`);
  }
  return path;
}

interface FilePlace {
  readonly tar: BlobLocation;
  /** Safe to show. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly extents: Extents;
}

class TarFile implements FileContent {
  readonly sizeBytes: number;
  private readonly place: FilePlace;

  constructor(place: FilePlace) {
    this.place = place;
    this.sizeBytes = place.sizeBytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const start = Math.max(0, offset);
    const count = Math.max(0, Math.min(this.sizeBytes, start + length) - start);
    if (count > MAX_READ_BYTES) {
      throw new PhylloError('limit-exceeded', `read ${this.place.path}: more than 64 MiB at once`);
    }
    if (count === 0) return new Uint8Array(0);
    const file = await this.openTar();
    try {
      return await this.readFrom(file, start, count);
    } finally {
      await file.close();
    }
  }

  async open(): Promise<Readable> {
    return Readable.from(this.chunks(), { objectMode: false, highWaterMark: STREAM_BYTES });
  }

  /** Opens the tar when it is first asked: a stream that is never read from leaves nothing open. */
  private async *chunks(): AsyncGenerator<Uint8Array> {
    const file = await this.openTar();
    try {
      for (let at = 0; at < this.sizeBytes; at += STREAM_BYTES) {
        yield await this.readFrom(file, at, Math.min(STREAM_BYTES, this.sizeBytes - at));
      }
    } finally {
      await file.close();
    }
  }

  private async openTar(): Promise<FileHandle> {
    try {
      return await open(this.place.tar.path, 'r');
    } catch (error) {
      throw toPhylloError(error, `read ${this.place.path}`);
    }
  }

  private async readFrom(file: FileHandle, start: number, count: number): Promise<Buffer> {
    const result = Buffer.alloc(count);
    for (const { offset, length, tarOffset } of this.place.extents.within(start, start + count)) {
      await this.fill(file, result.subarray(offset - start, offset - start + length), tarOffset);
    }
    return result;
  }

  /** A read may be short; one that gives nothing has met the end of a tar that was cut after it was indexed. */
  private async fill(file: FileHandle, part: Buffer, tarOffset: number): Promise<void> {
    const { tar, path } = this.place;
    if (tarOffset + part.length > tar.sizeBytes) throw cutShort(path);
    for (let done = 0; done < part.length;) {
      const { bytesRead } = await file.read(part, done, part.length - done, tar.offset + tarOffset + done);
      if (bytesRead === 0) throw cutShort(path);
      done += bytesRead;
    }
  }
}

function cutShort(path: string): PhylloError {
  return new PhylloError('invalid-archive', `read ${path}: the layer ends before the file does`, {
    hint: 'The image changed or was cut short since it was opened; open it again.',
  });
}

interface Extent {
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  readonly tarOffset: number;
}

/** Which parts of a file have data, and where in the tar. A dense file is one part. */
class Extents {
  private readonly chunks: readonly (readonly [offset: number, length: number])[];
  /** Where the data of each chunk lies in the tar: the chunks follow each other. */
  private readonly tarOffsets: Float64Array;

  /** `chunks` ascend and do not overlap. */
  constructor(chunks: readonly (readonly [offset: number, length: number])[], dataOffset: number) {
    this.chunks = chunks;
    this.tarOffsets = new Float64Array(chunks.length);
    let at = dataOffset;
    chunks.forEach(([, length], index) => {
      this.tarOffsets[index] = at;
      at += length;
    });
  }

  /** The data between two offsets of the file. */
  *within(start: number, end: number): Generator<Extent> {
    for (let index = this.firstAfter(start); index < this.chunks.length; index++) {
      const [offset, length] = this.chunks[index]!;
      if (offset >= end) return;
      const from = Math.max(start, offset);
      const to = Math.min(end, offset + length);
      yield { offset: from, length: to - from, tarOffset: this.tarOffsets[index]! + from - offset };
    }
  }

  /** The first chunk that ends after `start`; maps may have a million chunks. */
  private firstAfter(start: number): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const [offset, length] = this.chunks[middle]!;
      if (offset + length > start) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
