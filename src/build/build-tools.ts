// What a build needs of the rest of the program; `app` brings it.
import type { Engine, RunImage } from '../engine/engine.ts';
import type { ReportProgress } from '../lib/progress.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageStore } from '../store/store.ts';
import type { FileContent } from '../tree/content.ts';
import type { StackIndex } from '../tree/stack-index.ts';

/** An image's files, read when they are asked for. */
export interface OpenedStack {
  /** As soon as it is known: what there is, not which contents are the same. */
  readonly stack: Promise<StackIndex>;
  /** The same with every content compared. */
  exact(): Promise<StackIndex>;
  content(layer: number, node: number): Promise<FileContent>;
  close(): Promise<void>;
}

export interface ResolveOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

export interface BuildTools {
  readonly store: ImageStore;
  open(image: ResolvedImage): OpenedStack;
  /** For a container over it; to be closed. */
  runImage(image: ResolvedImage): RunImage & { close(): Promise<void> };
  /** The engine for RUN, chosen when the first one comes. Throws `engine-unavailable`. */
  engine(): Promise<Engine>;
  /** A container is about to run: what takes time is begun. */
  expectRun(): void;
  /** An image by what FROM says; one that the store has not is pulled. Throws `not-found` and what pulling throws. */
  resolve(reference: string, platform: Platform, options?: ResolveOptions): Promise<ResolvedImage>;
}
