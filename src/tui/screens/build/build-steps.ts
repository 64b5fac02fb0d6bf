// Where the steps of a build stand: in the Dockerfile, in the order of the build, and which of them is looked at. Pure.
import type { BuildSession, BuildStep, StepId } from '../../../build/build.ts';

export interface Lines {
  /** Both count from 1; `last` is the last that has something of it. */
  readonly first: number;
  readonly last: number;
}

/** What came with a base image stands where FROM does. */
export function placeOf(steps: readonly BuildStep[], step: BuildStep): Lines {
  const from = step.isTrigger && steps.find(({ stage }) => stage === step.stage);
  const { start, end } = (from || step).instruction.range;
  return { first: start.line, last: end.line };
}

/** In the order in which they run. */
export function stepsOnLine(steps: readonly BuildStep[], line: number): BuildStep[] {
  return steps.filter((step) => {
    const { first, last } = placeOf(steps, step);
    return first <= line && line <= last;
  });
}

/** Counts from 1 in the order in which they run. */
export function stepNumber(steps: readonly BuildStep[], id: StepId): number {
  return steps.findIndex((step) => step.id === id) + 1;
}

/** `4/9` */
export function stepCount(steps: readonly BuildStep[], step: BuildStep): string {
  return `${stepNumber(steps, step.id)}/${steps.length}`;
}

/** The one before it in its stage. */
export function stepBelow(steps: readonly BuildStep[], { id, stage }: BuildStep): BuildStep | undefined {
  const before = steps[stepNumber(steps, id) - 2];
  return before?.stage === stage ? before : undefined;
}

export function hasRun({ status }: BuildStep): boolean {
  return status === 'done' || status === 'cached' || status === 'failed';
}

/**
 * The step that output, files and details are about: what runs, what failed, else the last one behind whoever looks.
 * `pastFailure`: the one before the failed one is looked at.
 */
export function shownStep(
  { steps, position }: Pick<BuildSession, 'steps' | 'position'>,
  pastFailure: boolean,
): BuildStep | undefined {
  const next = steps[position];
  const running = next?.status === 'running' ? next : steps.find(({ status }) => status === 'running');
  if (running) return running;
  if (next?.status === 'failed' && !pastFailure) return next;
  return steps[position - 1] ?? next;
}
