// What the index workers are asked and what they answer.
import type { Digest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { ChunkTable } from '../layer/toc-chunks.ts';
import type { PackedToc } from '../layer/toc-place.ts';
import type { SearchQuery } from './search.ts';

export type IndexJob =
  | {
      /** Reads headers alone where the layer is uncompressed, else everything; `full` always reads everything. */
      readonly kind: 'index';
      readonly location: BlobLocation;
      readonly diffID: Digest;
      /** Of the stored bytes; undefined where it was verified before. */
      readonly digest: Digest | undefined;
      readonly full: boolean;
    }
  /** Verifies and unpacks it. */
  | { readonly kind: 'toc'; readonly toc: PackedToc }
  | { readonly kind: 'merge'; readonly trees: readonly SharedArrayBuffer[] }
  | {
      readonly kind: 'search';
      readonly trees: readonly SharedArrayBuffer[];
      readonly stack: SharedArrayBuffer;
      readonly query: SearchQuery;
    };

export interface IndexResult {
  readonly buffer: SharedArrayBuffer;
  /** False for a tree made from headers alone. */
  readonly verified: boolean;
}

export interface TocResult {
  readonly buffer: SharedArrayBuffer;
  readonly chunks: ChunkTable;
}

export type JobResult = IndexResult | TocResult | SharedArrayBuffer | Int32Array;

export type IndexReply =
  | { readonly kind: 'progress'; readonly doneBytes: number }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly error: WireError };

/** A PhylloError between threads: structured clone keeps neither class nor own fields. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}
