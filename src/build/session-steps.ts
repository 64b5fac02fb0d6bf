// The steps of a plan, in the order in which they run, and what of an older plan's is still good. Pure.
import type { Instruction } from '../dockerfile/instruction.ts';
import type { BuildStep, StepId } from './build.ts';
import type { BuildPlan, PlannedStage } from './stages.ts';

export function plannedSteps({ stages, order }: BuildPlan): BuildStep[] {
  return order.flatMap((index) => {
    const stage = stages[index]!;
    return [stage.from, ...stage.instructions].map((instruction, at) =>
      pendingStep(stage, { id: `${index}.${at}`, index: at, instruction, isTrigger: false }),
    );
  });
}

/** ONBUILD of the base: right after FROM. */
export function triggerSteps(stage: PlannedStage, triggers: readonly Instruction[]): BuildStep[] {
  return triggers.map((instruction, at) =>
    pendingStep(stage, { id: `${stage.index}.0+${at + 1}`, index: 0, instruction, isTrigger: true }),
  );
}

function pendingStep(
  stage: PlannedStage,
  step: Pick<BuildStep, 'id' | 'index' | 'instruction' | 'isTrigger'>,
): BuildStep {
  return { ...step, stage: stage.index, stageName: stage.name, ...PENDING };
}

export const PENDING = {
  status: 'pending',
  verdict: undefined,
  expanded: undefined,
  startedMs: undefined,
  durationMs: undefined,
  image: undefined,
  hasLayer: false,
  error: undefined,
  warnings: [],
} as const satisfies Partial<BuildStep>;

/** How many steps at the beginning say the same at the same place; lines may have moved. */
export function sameSteps(before: readonly BuildStep[], after: readonly BuildStep[]): number {
  const differs = after.findIndex((step, at) => {
    const old = before[at];
    return old === undefined || old.id !== step.id || signature(old) !== signature(step);
  });
  return differs < 0 ? after.length : differs;
}

function signature({ instruction, stageName }: BuildStep): string {
  return JSON.stringify([stageName, instruction], (name: string, value: unknown) =>
    name === 'range' || name === 'comments' ? undefined : value,
  );
}

export function stepIndex(steps: readonly BuildStep[], id: StepId): number {
  return steps.findIndex((step) => step.id === id);
}

/** The step whose state a step goes on from; undefined for FROM. */
export function stepBefore(steps: readonly BuildStep[], at: number): BuildStep | undefined {
  const before = steps[at - 1];
  return before?.stage === steps[at]?.stage ? before : undefined;
}

/** Nothing is left to be done for it. */
export function isBehind({ status }: Pick<BuildStep, 'status'>): boolean {
  return status === 'done' || status === 'cached';
}
