// How far the bloat screen is, and the panes that it has.
import type { ImageAnalysis } from '../../../app/analysis-services.ts';
import type { IndexProgress } from '../../../app/services.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import type { WhatIf } from './what-if-list.ts';

/** In the order of the tab key. */
export const BLOAT_PANES = ['layers', 'files', 'advice', 'duplicates', 'details'] as const;
export type BloatFocus = (typeof BLOAT_PANES)[number];
export type BloatSubject = Exclude<BloatFocus, 'details'>;

export interface BloatFigures {
  readonly stack: StackIndex;
  readonly analysis: ImageAnalysis;
  readonly whatIfs: readonly WhatIf[];
}

export type BloatPhase =
  | { readonly kind: 'opening' }
  | { readonly kind: 'reading'; readonly progress: IndexProgress | undefined }
  | { readonly kind: 'analyzing' }
  | { readonly kind: 'ready'; readonly figures: BloatFigures }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Whether the contents of equal sizes were compared. */
export type Exactness =
  | { readonly kind: 'comparing'; readonly progress: IndexProgress | undefined }
  | { readonly kind: 'exact' }
  | { readonly kind: 'failed'; readonly error: unknown };
