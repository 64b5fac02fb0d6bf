// Advice about directories that are in the image twice.
import { displaySize, formatCount } from '../../lib/units.ts';
import { duplicateTrees } from '../duplicate-trees.ts';
import { Inodes, visibleVersions } from '../inodes.ts';
import type { AdviceContext, AdviceDraft } from './advice.ts';
import { pathText } from './heaviest.ts';

export function duplicateAdvice(context: AdviceContext): AdviceDraft[] {
  const { stack, duplicates = [], baseLayers, leastBytes } = context;
  const inodes = new Inodes(stack);
  const visible = visibleVersions(stack);
  const drafts: AdviceDraft[] = [];
  for (const { original, copy, files, savedBytes, nodes } of duplicateTrees(stack, duplicates)) {
    if (savedBytes < leastBytes) break;
    const makers = new Set(nodes.map((node) => inodes.makerOf(visible[node]!)));
    const maker = [...makers][0]!;
    // Copies of several layers are not one instruction's doing.
    if (makers.size > 1 || maker < baseLayers) continue;
    const [there, here] = [pathText(stack, original), pathText(stack, copy)];
    drafts.push({
      kind: 'duplicate-tree',
      problem: `${context.quote(maker)} ships ${displaySize(savedBytes)} in ${here} that are in ${there} too (${formatCount(files)} files).`,
      change: `Ship them once: leave them out of ${here}, or make a link to ${there}.`,
      savedBytes,
      maker,
      killer: undefined,
      nodes: [copy],
    });
  }
  return drafts;
}
