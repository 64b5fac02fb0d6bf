// Advice: what to change in which instruction so that an image gets smaller, most bytes first. Only what is true of this
// image, and every piece quotes its bytes. The texts are safe to show.
import type { StackRow } from '../../oci/history.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { type DeadReport, shippedBytes } from '../dead.ts';
import type { Duplicate } from '../duplicates.ts';
import { type InstructionKind, kindOf, quoteInstruction, rowsOfLayers } from '../instructions.ts';
import { estimateCompressed } from '../what-if.ts';
import { cleanUpAdvice } from './clean-ups.ts';
import { duplicateAdvice } from './duplicated.ts';
import { leftBehindAdvice } from './left-behind.ts';

export type AdviceKind =
  /** A layer deletes what one below shipped. */
  | 'late-clean-up'
  /** A layer ships again, at another path, what it deletes. */
  | 'move'
  /** A mode or an owner was changed, which ships the file again. */
  | 'metadata-copy'
  /** A layer writes again what one below shipped. */
  | 'overwrite'
  | 'package-cache'
  | 'version-control'
  | 'build-tools'
  /** What a build context should leave out. */
  | 'ignore-file'
  | 'logs'
  | 'duplicate-tree';

export interface Advice {
  readonly kind: AdviceKind;
  /** Content bytes that the image loses when only this is done. */
  readonly savedBytes: number;
  /** An estimate; undefined where the sizes of the blobs are not known. */
  readonly savedCompressedBytes: number | undefined;
  /** The layer that ships the bytes, and the one that put them out of sight. */
  readonly maker: number;
  readonly killer: number | undefined;
  /** What is wrong, as a sentence. */
  readonly problem: string;
  /** What to do, as a sentence. */
  readonly change: string;
  /** Path nodes, biggest first: what it is about. */
  readonly nodes: readonly number[];
}

export interface AdviceInput {
  readonly stack: StackIndex;
  readonly rows: readonly StackRow[];
  readonly report: DeadReport;
  /** Empty when contents were not compared. */
  readonly duplicates?: readonly Duplicate[];
  /** Of each layer's blob. */
  readonly compressedBytes?: readonly number[];
  /** So many of the lowest layers belong to the base image: nobody can change what they ship. */
  readonly baseLayers?: number;
  /** Advice that saves less is not given; a thousandth of the image when not given. */
  readonly leastBytes?: number;
}

/** What makers of advice work with. */
export interface AdviceContext extends AdviceInput {
  readonly baseLayers: number;
  readonly leastBytes: number;
  readonly kind: (layer: number) => InstructionKind;
  readonly quote: (layer: number) => string;
  /** The instruction alone, as it was written. */
  readonly instruction: (layer: number) => string;
}

/** A piece of advice before it is finished. */
export type AdviceDraft = Omit<Advice, 'savedCompressedBytes'>;

/** More than this nobody reads. */
const MOST_ADVICE = 50;

export function adviceFor(input: AdviceInput): Advice[] {
  const { stack } = input;
  const made = rowsOfLayers(input.rows, stack.layerCount);
  const context: AdviceContext = {
    ...input,
    baseLayers: input.baseLayers ?? 0,
    leastBytes: Math.max(1, input.leastBytes ?? Math.floor(shippedBytes(stack) / 1000)),
    kind: (layer) => kindOf(made[layer]),
    quote: (layer) => quoteInstruction(made[layer], layer),
    instruction: (layer) => made[layer]?.instruction ?? '',
  };
  return [...cleanUpAdvice(context), ...leftBehindAdvice(context), ...duplicateAdvice(context)]
    .filter(({ savedBytes }) => savedBytes >= context.leastBytes)
    .sort((a, b) => b.savedBytes - a.savedBytes || a.maker - b.maker)
    .slice(0, MOST_ADVICE)
    .map((draft) => ({ ...draft, savedCompressedBytes: compressed(input, draft) }));
}

function compressed(
  { stack, compressedBytes }: AdviceInput,
  { maker, savedBytes }: AdviceDraft,
): number | undefined {
  return compressedBytes && estimateCompressed(stack, maker, savedBytes, compressedBytes);
}
