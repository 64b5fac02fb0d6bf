// What the analysis worker is asked and what it answers.
import { type AnalysisInput, analyzeStack } from '../analysis/analysis.ts';
import { LayerTree } from '../tree/layer-tree.ts';
import { StackIndex } from '../tree/stack-index.ts';
import type { ImageAnalysis } from './analysis-services.ts';

export interface AnalysisJob extends Omit<AnalysisInput, 'stack'> {
  readonly trees: readonly SharedArrayBuffer[];
  readonly stack: SharedArrayBuffer;
}

/** More than this nobody looks at, and a copy of it would keep the thread waiting that gets it. */
const MOST_DUPLICATES = 1000;
const MOST_PATHS = 100;

export function runAnalysisJob({ trees, stack, ...input }: AnalysisJob): ImageAnalysis {
  const analysis = analyzeStack({
    ...input,
    stack: StackIndex.from(
      trees.map((buffer) => LayerTree.from(buffer)),
      stack,
    ),
  });
  const { duplicates } = analysis;
  return {
    ...analysis,
    duplicateCount: duplicates.length,
    duplicateBytes: duplicates.reduce((sum, { savedBytes }) => sum + savedBytes, 0),
    duplicates: duplicates
      .slice(0, MOST_DUPLICATES)
      .map((duplicate) => ({ ...duplicate, nodes: duplicate.nodes.slice(0, MOST_PATHS) })),
  };
}
