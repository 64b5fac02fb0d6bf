// Everything that is to be said about the bytes of one image, in one pass after the other over its stack.
import type { StackRow } from '../oci/history.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { type Advice, adviceFor } from './advice/advice.ts';
import {
  type DeadBytes,
  type DeadReport,
  NOTHING_DEAD,
  addDead,
  deadBytes,
  shippedBytes,
  sumOf,
} from './dead.ts';
import { type Duplicate, findDuplicates } from './duplicates.ts';
import { estimateCompressed } from './what-if.ts';

export interface AnalysisInput {
  readonly stack: StackIndex;
  readonly rows: readonly StackRow[];
  /** Of each layer's blob. */
  readonly compressedBytes: readonly number[];
  /** See `AdviceInput`. */
  readonly baseLayers?: number;
}

export interface Analysis {
  /** Content bytes of all layers: visible and dead. */
  readonly sizeBytes: number;
  readonly visibleBytes: number;
  readonly dead: DeadBytes;
  readonly report: DeadReport;
  /** Compressed bytes that the dead ones take, for each layer; an estimate (see `estimateCompressed`). */
  readonly estimatedCompressedDead: readonly number[];
  readonly duplicates: readonly Duplicate[];
  readonly advice: readonly Advice[];
}

export function analyzeStack(input: AnalysisInput): Analysis {
  const { stack, compressedBytes } = input;
  const report = deadBytes(stack);
  const duplicates = findDuplicates(stack);
  const sizeBytes = shippedBytes(stack);
  return {
    sizeBytes,
    visibleBytes: sizeBytes - report.total,
    dead: report.byLayer.reduce(addDead, NOTHING_DEAD),
    report,
    estimatedCompressedDead: report.byLayer.map((dead, layer) =>
      estimateCompressed(stack, layer, sumOf(dead), compressedBytes),
    ),
    duplicates,
    advice: adviceFor({ ...input, report, duplicates }),
  };
}
