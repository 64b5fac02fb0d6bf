// What the terminal UI asks for about the bytes of an image. Types only.
import type { Analysis } from '../analysis/analysis.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { ExploredImage } from './services.ts';

/** `duplicates` are the heaviest of them, with some of their paths. */
export interface ImageAnalysis extends Analysis {
  /** Of all duplicates. */
  readonly duplicateCount: number;
  readonly duplicateBytes: number;
}

export interface AnalysisService {
  /**
   * `stack` is the image's, with or without contents compared (see `ExploredImage.exact`): without, files of one size
   * count as different and nothing is a duplicate. Runs off the calling thread. Rejects with `cancelled`.
   */
  analyze(
    image: ExploredImage,
    stack: StackIndex,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ImageAnalysis>;
}
