// Content of a file of a layer that has a table of contents, fetched chunk by chunk. Each chunk has its digest in the table:
// no byte is handed on that was not verified.
import { webcrypto } from 'node:crypto';
import { Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Range } from '../oci/image.ts';
import { decompressed } from '../layer/compression.ts';
import type { ChunkTable } from '../layer/toc-chunks.ts';
import { type FileContent, filePath } from './content.ts';
import type { LayerTree } from './layer-tree.ts';

export interface TocLayer {
  /** Of the table, verified. */
  readonly digest: Digest;
  readonly tree: LayerTree;
  readonly chunks: ChunkTable;
  readonly compression: 'gzip' | 'zstd';
  /** Bytes of the blob; not verified. */
  readonly open: (range: Range) => Promise<Readable>;
}

/** A chunk is held whole until its digest is known; writers make chunks of 4 MiB, if they make any. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
const MAX_READ_BYTES = 64 * 1024 * 1024;
const DIGEST_BYTES = 32;

/** Undefined for a file in giant chunks, which has to be read from the whole layer. Throws as `openContent` does. */
export function openTocContent(layer: TocLayer, node: number): FileContent | undefined {
  const { tree, chunks } = layer;
  const path = filePath(tree, node);
  const sizeBytes = tree.sizeBytes[node]!;
  const rows: Row[] = [];
  for (let at = 0, row = tree.dataOffset[node]!; at < sizeBytes; row++) {
    const length = chunks.length[row]!;
    if (chunks.skip[row]! + length > MAX_CHUNK_BYTES) return undefined;
    rows.push({ row, start: at, end: at + length });
    at += length;
  }
  return new TocFile(layer, path, rows);
}

interface Row {
  readonly row: number;
  /** In the file. */
  readonly start: number;
  readonly end: number;
}

class TocFile implements FileContent {
  readonly sizeBytes: number;
  private readonly layer: TocLayer;
  private readonly path: string;
  private readonly rows: readonly Row[];
  /** Views read on where they are. */
  private last: { readonly row: number; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(layer: TocLayer, path: string, rows: readonly Row[]) {
    this.layer = layer;
    this.path = path;
    this.rows = rows;
    this.sizeBytes = rows.at(-1)?.end ?? 0;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const from = Math.max(0, offset);
    const to = Math.min(this.sizeBytes, from + length);
    if (to - from > MAX_READ_BYTES)
      throw new PhylloError('limit-exceeded', `read ${this.path}: more than 64 MiB at once`);
    const parts: Uint8Array[] = [];
    for (const { row, start, end } of this.rows) {
      if (end <= from || start >= to) continue;
      parts.push((await this.chunk(row)).subarray(Math.max(0, from - start), to - start));
    }
    return Buffer.concat(parts);
  }

  open(): Promise<Readable> {
    return Promise.resolve(Readable.from(this.all(), { objectMode: false }));
  }

  private async *all(): AsyncGenerator<Uint8Array> {
    for (const { row } of this.rows) yield this.chunk(row);
  }

  private chunk(row: number): Promise<Uint8Array> {
    if (this.last?.row === row) return this.last.bytes;
    const bytes = this.fetch(row);
    this.last = { row, bytes };
    bytes.catch(() => (this.last = undefined));
    return bytes;
  }

  private async fetch(row: number): Promise<Uint8Array> {
    const { chunks } = this.layer;
    const length = chunks.length[row]!;
    const bytes = chunks.blobOffset[row]! < 0 ? new Uint8Array(length) : await this.unpack(row);
    const expected = Buffer.from(chunks.digests.subarray(row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES));
    // In a thread of its own: the screen is drawn by this one.
    const found = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
    if (found.equals(expected)) return bytes;
    throw new PhylloError('digest-mismatch', `read ${this.path}: its bytes are not those of the layer`, {
      hint: 'The layer is damaged or was tampered with; get it again.',
      data: { expected: expected.toString('hex'), found: found.toString('hex') },
    });
  }

  /** What is unpacked behind the chunk is not looked at. */
  private async unpack(row: number): Promise<Uint8Array<ArrayBuffer>> {
    const { chunks, open, compression } = this.layer;
    const offset = chunks.blobOffset[row]!;
    const bytes = new Uint8Array(chunks.length[row]!);
    let skip = chunks.skip[row]!;
    let filled = 0;
    const input = await open({ offset, length: chunks.blobEnd[row]! - offset });
    try {
      for await (const piece of decompressed(input as AsyncIterable<Uint8Array>, compression)) {
        const part = piece.subarray(skip, skip + bytes.length - filled);
        skip -= Math.min(skip, piece.length);
        bytes.set(part, filled);
        filled += part.length;
        if (filled === bytes.length) return bytes;
      }
    } finally {
      input.destroy();
    }
    throw new PhylloError('invalid-archive', `read ${this.path}: the layer ends before the file does`);
  }
}
