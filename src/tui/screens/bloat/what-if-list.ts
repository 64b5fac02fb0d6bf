// What the image would weigh if it were built otherwise, and the advice beside it: one list, most bytes first in each
// part. Pure.
import type { Advice } from '../../../analysis/advice/advice.ts';
import type { DeadReport } from '../../../analysis/dead.ts';
import { type Prediction, predictMerge, predictSquash, predictWithout } from '../../../analysis/what-if.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';

export type WhatIf = { readonly prediction: Prediction } & (
  | { readonly kind: 'squash'; readonly from: number; readonly to: number }
  | { readonly kind: 'merge'; readonly maker: number; readonly killer: number }
  | { readonly kind: 'without'; readonly nodes: readonly number[] }
);

export type AdviceLine =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'advice'; readonly advice: Advice }
  | { readonly kind: 'what-if'; readonly whatIf: WhatIf };

export interface Marks {
  readonly layers: readonly number[];
  /** Path nodes. */
  readonly paths: readonly number[];
}

/** More pairs than this are too little each. */
const MOST_MERGES = 5;

/** One at a time, for a thread that has other things to do in between. Those that save nothing are left out. */
export function* whatIfs(stack: StackIndex, report: DeadReport, baseLayers: number): Generator<WhatIf> {
  const top = stack.layerCount - 1;
  const squashes = baseLayers > 0 && baseLayers < top ? [0, baseLayers] : [0];
  for (const from of squashes) {
    const prediction = predictSquash(stack, report, from, top);
    if (top > from && prediction.savedBytes > 0) yield { kind: 'squash', from, to: top, prediction };
  }
  for (const pair of heaviestPairs(report, baseLayers)) {
    const prediction = predictMerge(stack, report, pair);
    if (prediction.savedBytes > 0) yield { kind: 'merge', ...pair, prediction };
  }
}

function heaviestPairs({ killers }: DeadReport, baseLayers: number): { maker: number; killer: number }[] {
  return killers
    .flatMap((bytes, maker) => Array.from(bytes, ([killer, dead]) => ({ maker, killer, dead })))
    .filter(({ maker, killer }) => maker >= baseLayers && maker !== killer)
    .sort((a, b) => b.dead - a.dead)
    .slice(0, MOST_MERGES)
    .map(({ maker, killer }) => ({ maker, killer }));
}

/** What the marks ask for. */
export function markedWhatIfs(stack: StackIndex, report: DeadReport, { layers, paths }: Marks): WhatIf[] {
  const found: WhatIf[] = [];
  if (paths.length > 0)
    found.push({ kind: 'without', nodes: paths, prediction: predictWithout(stack, paths) });
  if (layers.length < 2) return found;
  const [from, to] = [Math.min(...layers), Math.max(...layers)];
  found.push({ kind: 'squash', from, to, prediction: predictSquash(stack, report, from, to) });
  if (layers.length > 2) return found;
  const pair = { maker: from, killer: to };
  return [...found, { kind: 'merge', ...pair, prediction: predictMerge(stack, report, pair) }];
}

export function adviceLines(
  advice: readonly Advice[],
  fixed: readonly WhatIf[],
  marked: readonly WhatIf[],
): AdviceLine[] {
  const whatIfPart = (text: string, list: readonly WhatIf[]): AdviceLine[] =>
    part(
      text,
      list
        .toSorted((a, b) => b.prediction.savedBytes - a.prediction.savedBytes)
        .map((whatIf) => ({ kind: 'what-if', whatIf })),
    );
  return [
    ...whatIfPart('what if, with what is marked', marked),
    ...part(
      'what to change',
      advice.map((one) => ({ kind: 'advice', advice: one })),
    ),
    ...whatIfPart('what if', fixed),
  ];
}

function part(text: string, lines: readonly AdviceLine[]): AdviceLine[] {
  return lines.length === 0 ? [] : [{ kind: 'heading', text }, ...lines];
}

export function adviceKey(line: AdviceLine): string {
  switch (line.kind) {
    case 'heading':
      return line.text;
    case 'advice':
      return `${line.advice.kind} ${line.advice.maker} ${line.advice.killer} ${line.advice.nodes.join(' ')}`;
    case 'what-if':
      return whatIfKey(line.whatIf);
  }
}

function whatIfKey(whatIf: WhatIf): string {
  switch (whatIf.kind) {
    case 'squash':
      return `squash ${whatIf.from} ${whatIf.to}`;
    case 'merge':
      return `merge ${whatIf.maker} ${whatIf.killer}`;
    case 'without':
      return 'without';
  }
}
