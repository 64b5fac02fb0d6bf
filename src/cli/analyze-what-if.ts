// The what-if questions of `phyllo analyze`: layers squashed, paths left out.
import type { DeadReport } from '../analysis/dead.ts';
import { predictSquash, predictWithout } from '../analysis/what-if.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { findEver } from './image-path.ts';
import { usageError } from './usage.ts';

export interface SquashAnswer {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly saved: number;
}

export interface WhatIf {
  /** All layers first, then those that were asked for. */
  readonly squash: readonly SquashAnswer[];
  readonly without:
    | { readonly nodes: readonly number[]; readonly size: number; readonly saved: number }
    | undefined;
}

/** Throws wrong usage for layers that there are not, `not-found` for paths that never were. */
export function whatIf(
  stack: StackIndex,
  report: DeadReport,
  asked: { readonly squash: readonly string[]; readonly without: readonly string[] },
): WhatIf {
  const last = stack.layerCount - 1;
  const ranges = asked.squash.map((text) => rangeOf(text, last));
  const all: readonly [number, number][] = last < 0 ? [] : [[0, last]];
  const nodes = asked.without.map((path) => findEver(stack, path, { verb: 'analyze', followLast: false }));
  const left = nodes.length === 0 ? undefined : predictWithout(stack, nodes);
  return {
    squash: [...all, ...ranges].map(([from, to]) => {
      const { sizeBytes, savedBytes } = predictSquash(stack, report, from, to);
      return { from, to, size: sizeBytes, saved: savedBytes };
    }),
    without: left && { nodes, size: left.sizeBytes, saved: left.savedBytes },
  };
}

function rangeOf(text: string, last: number): [number, number] {
  const [, from, to] = /^(\d{1,6})-(\d{1,6})$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to) || Number(to) > last)
    throw usageError(
      'analyze',
      `--squash wants layers such as 0-${Math.max(last, 0)}, not ${JSON.stringify(text)}`,
    );
  return [Number(from), Number(to)];
}
