// Every way an image comes in (ImageSource) or goes out (ImageSink).
import type { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import type { BlobLocator, BlobReader, ResolvedImage } from '../oci/image.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';

export type TransportKind = 'store' | 'docker-archive' | 'oci-archive' | 'oci' | 'registry' | 'docker-daemon';

/** One image that a source offers, before its config was read. */
export interface SourceImage {
  /** Absent for docker-archives, which have no manifests. */
  readonly descriptor?: Descriptor;
  /** As written in the source. */
  readonly names: readonly string[];
  /** What `resolve` takes to get this one. */
  readonly select: string;
}

export interface ImageSource extends BlobReader, BlobLocator {
  readonly kind: TransportKind;
  list(): Promise<SourceImage[]>;
  /**
   * `select` is a name, a digest, `@N` for the Nth image, or undefined where there is only one.
   * Throws `not-found`, `ambiguous`, `invalid-image`, `digest-mismatch`.
   */
  resolve(select?: string, platform?: Platform): Promise<ResolvedImage>;
  close(): Promise<void>;
}

export interface ImageSink {
  has(descriptor: Descriptor): Promise<boolean>;
  putBlob(descriptor: Descriptor, data: Readable): Promise<void>;
  /** After all its blobs. */
  putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void>;
  /** Makes what was put visible. Without it nothing is left behind by `close`. */
  finish(): Promise<void>;
  close(): Promise<void>;
}
