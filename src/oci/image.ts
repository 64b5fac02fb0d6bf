// An image as sources hand it over, and the interfaces through which its bytes are read.
import type { Readable } from 'node:stream';
import type { ImageConfig } from './config.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { Manifest } from './manifest.ts';

export interface Range {
  readonly offset: number;
  readonly length: number;
}

export interface BlobReader {
  has(descriptor: Descriptor): Promise<boolean>;
  /**
   * The blob's bytes. A whole read errors at its end unless digest and size match; a range is not verified.
   * The caller destroys the stream when it stops early.
   */
  open(descriptor: Descriptor, range?: Range): Promise<Readable>;
}

/** Where a blob lies in a local file, for readers (index workers, file views) that read it by position. */
export interface BlobLocation {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface LocateOptions {
  readonly signal?: AbortSignal;
  /** Bytes so far of a blob that has to be fetched first. */
  readonly onBytes?: (doneBytes: number) => void;
}

/** An optional ability of a BlobReader whose blobs are (parts of) local files, or become such. */
export interface BlobLocator {
  locate(descriptor: Descriptor, options?: LocateOptions): Promise<BlobLocation>;
  /** Says that a location is not needed any more, once for each `locate`: what was fetched for it may go. */
  release?(descriptor: Descriptor): Promise<void>;
}

/** A manifest and config that were read and verified. Layer i has `manifest.layers[i]` and `config.diffIDs[i]`. */
export interface ResolvedImage {
  /** The descriptor of the manifest; for a docker-archive, of the manifest that we make for it. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** The manifest's exact bytes (its digest is `descriptor.digest`). */
  readonly manifestData: Uint8Array;
  readonly config: ImageConfig;
  readonly configData: Uint8Array;
  /** docker's image ID: the digest of the config. */
  readonly id: Digest;
  /** The names that the source itself gives to this image, as written there. */
  readonly names: readonly string[];
}
