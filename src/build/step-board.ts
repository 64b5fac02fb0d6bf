// What became of each step so far, and who is told of it. Which one comes next is the session's business.
import type { ContainerId } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { PhylloError } from '../lib/errors.ts';
import type { BuildProgress, BuildStep, OutputLine, StepId } from './build.ts';
import { Listeners } from './listeners.ts';
import { PENDING, isBehind, plannedSteps, stepBefore, stepIndex, triggerSteps } from './session-steps.ts';
import { type StageState, imageOf } from './stage-state.ts';
import type { BuildPlan } from './stages.ts';
import { StepOutput } from './step-output.ts';
import type { StepResult } from './step-runner.ts';

/** A container that works on a step. */
export interface StepContainer {
  readonly step: StepId;
  readonly engine: Engine;
  readonly id: ContainerId;
}

export class StepBoard {
  readonly listeners = new Listeners();
  steps: readonly BuildStep[];
  position = 0;
  failedAt: StepId | undefined;
  progress: BuildProgress | undefined;
  container: StepContainer | undefined;
  private plan: BuildPlan;
  private readonly states = new Map<StepId, StageState>();
  private readonly outputs = new Map<StepId, StepOutput>();

  constructor(plan: BuildPlan) {
    this.plan = plan;
    this.steps = plannedSteps(plan);
  }

  at(id: StepId): number {
    return stepIndex(this.steps, id);
  }

  output(id: StepId): readonly OutputLine[] {
    return this.outputs.get(id)?.lines ?? [];
  }

  stateAt(id: StepId, when: 'before' | 'after'): StageState | undefined {
    const at = this.at(id);
    const step = when === 'after' ? this.steps[at] : stepBefore(this.steps, at);
    return step && this.states.get(step.id);
  }

  /** Of the stage's last step. */
  stageState(stage: number): StageState | undefined {
    const last = this.steps.findLast((step) => step.stage === stage);
    return last && this.states.get(last.id);
  }

  // ----------------------------------------------------------------- a step's life

  begin(id: StepId): StepOutput {
    const startedMs = Date.now();
    const output = new StepOutput(startedMs, (line) => this.listeners.said(id, line));
    this.outputs.set(id, output);
    this.change(id, { ...PENDING, status: 'running', startedMs });
    return output;
  }

  finish(id: StepId, result: StepResult): void {
    const { state, verdict, hasLayer, expanded, warnings, failure } = result;
    this.states.set(id, state);
    this.change(id, {
      status: failure ? 'failed' : verdict.kind === 'hit' ? 'cached' : 'done',
      verdict: this.blamed(id, verdict),
      hasLayer,
      expanded,
      warnings,
      durationMs: this.tookMs(id),
      error: failure,
      image: imageOf(state),
    });
    this.addTriggers(id, result.triggers ?? []);
    if (!failure && this.at(id) === this.position) this.position++;
  }

  fail(id: StepId, error: PhylloError): void {
    this.failedAt ??= id;
    this.change(id, { status: 'failed', error, durationMs: this.tookMs(id) });
    this.position = this.at(this.failedAt);
  }

  /** It was stopped: as if it had never begun. */
  drop(id: StepId): void {
    this.change(id, PENDING);
  }

  private tookMs(id: StepId): number {
    return Date.now() - (this.steps[this.at(id)]?.startedMs ?? Date.now());
  }

  private change(id: StepId, change: Partial<BuildStep>): void {
    this.steps = this.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
    this.listeners.changed();
  }

  private addTriggers(id: StepId, triggers: NonNullable<StepResult['triggers']>): void {
    const at = this.at(id);
    if (triggers.length === 0 || this.steps[at + 1]?.isTrigger === true) return;
    const more = triggerSteps(this.plan.stages[this.steps[at]!.stage]!, triggers);
    this.steps = this.steps.toSpliced(at + 1, 0, ...more);
    this.listeners.changed();
  }

  /** Stages that turned out to be needed, each before those that come after it. */
  addStages(plan: BuildPlan, stages: readonly number[]): void {
    this.plan = plan;
    for (const stage of stages) {
      const steps = plannedSteps({ ...plan, order: [stage] });
      const after = this.steps.findIndex((step) => step.stage > stage);
      const at = after < 0 ? this.steps.length : after;
      this.steps = this.steps.toSpliced(at, 0, ...steps);
      if (at <= this.position) this.position += steps.length;
    }
    this.listeners.changed();
  }

  /** "The parent changed" is told with the step that began it. */
  private blamed(id: StepId, verdict: BuildStep['verdict']): BuildStep['verdict'] {
    if (verdict?.kind !== 'miss' || verdict.difference?.name !== 'parent') return verdict;
    const { stage } = this.steps[this.at(id)]!;
    const first = this.steps.find(
      (step) => step.stage === stage && step.id !== id && step.verdict?.kind === 'miss',
    );
    return first ? { ...verdict, difference: { ...verdict.difference, step: first.id } } : verdict;
  }

  report(progress: BuildProgress): void {
    this.progress = progress;
    this.listeners.stirred();
  }

  works(container: StepContainer | undefined): void {
    this.container = container;
    this.listeners.changed();
  }

  // ------------------------------------------------------------------- going back

  /** Everything from there on is yet to be done. */
  forget(from: number): void {
    this.failedAt = undefined;
    this.steps = this.steps.map((step, at) => (at < from ? step : { ...step, ...PENDING }));
    const kept = new Set(this.steps.slice(0, from).map(({ id }) => id));
    for (const map of [this.states, this.outputs]) {
      for (const id of map.keys()) if (!kept.has(id)) map.delete(id);
    }
  }

  /** Steps of another text, of which the first `kept` are the same; their places may have moved. */
  replan(plan: BuildPlan, steps: readonly BuildStep[], kept: number): void {
    const before = this.steps;
    this.plan = plan;
    this.steps = steps.map((step, at) =>
      at < kept ? { ...before[at]!, instruction: step.instruction } : step,
    );
    this.forget(Math.min(kept, firstNotBehind(this.steps)));
    this.position = Math.min(this.position, kept);
  }

  /** Steps of another plan, with the triggers of bases that are known already. */
  stepsOf(plan: BuildPlan): BuildStep[] {
    return plannedSteps(plan).flatMap((step) => {
      const isKnown = step.instruction.keyword === 'FROM' && this.states.has(step.id);
      const known = isKnown
        ? this.steps.filter(({ stage, isTrigger }) => isTrigger && stage === step.stage)
        : [];
      const triggers = known.map(({ instruction }) => instruction);
      return [step, ...triggerSteps(plan.stages[step.stage]!, triggers)];
    });
  }
}

export function firstNotBehind(steps: readonly BuildStep[]): number {
  const at = steps.findIndex((step) => !isBehind(step));
  return at < 0 ? steps.length : at;
}
