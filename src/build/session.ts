// The stepping session: decides which step comes next, and stands where the one who looks stands. What became of the steps is
// on the board; what a step does is step-runner.ts's business.
import type { Dockerfile } from '../dockerfile/instruction.ts';
import { parse } from '../dockerfile/parse.ts';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { breaksAfter, breaksBefore } from './breakpoints.ts';
import type {
  Breakpoint,
  BuildProgress,
  BuildSession,
  BuildStatus,
  BuildStep,
  OutputLine,
  StepId,
} from './build.ts';
import { mustBuild } from './dockerfile-error.ts';
import { isBehind, sameSteps } from './session-steps.ts';
import type { LayerOrder } from './layer-maker.ts';
import type { WorkIo } from './layer-work.ts';
import type { BuildSources } from './sources.ts';
import type { StageBases } from './stage-bases.ts';
import { type StageState, imageOf } from './stage-state.ts';
import { type BuildPlan, type PlanOptions, orderWith, planStages } from './stages.ts';
import { StepBoard, type StepContainer, firstNotBehind } from './step-board.ts';
import type { StepOutput } from './step-output.ts';
import type { StepPlace } from './step-cache.ts';
import type { StepResult, StepRunner } from './step-runner.ts';

export interface SessionParts {
  /** The name of the Dockerfile, for people. */
  readonly name: string;
  readonly source: string;
  readonly file: Dockerfile;
  readonly plan: BuildPlan;
  readonly planOptions: PlanOptions;
  readonly bases: StageBases;
  /** Names places of instructions from build to build. */
  readonly place: string;
  readonly noCache: (stage: number, stageName: string | undefined) => boolean;
  readonly runner: StepRunner;
  readonly sources: Pick<BuildSources, 'changedPaths'>;
  /** Puts an image and its names where others find it. */
  readonly keep: (image: ResolvedImage, names: readonly string[]) => Promise<readonly string[]>;
}

interface Way {
  /** How many steps are to be behind. */
  readonly until: () => number;
  /** It stops before this one. */
  readonly stops: (at: number) => boolean;
}

export class SteppedBuild implements BuildSession {
  breakpoints: readonly Breakpoint[] = [];
  dockerfile: BuildSession['dockerfile'];
  private readonly parts: SessionParts;
  private readonly board: StepBoard;
  private plan: BuildPlan;
  private readonly forced = new Set<StepId>();
  /** Stages that run side by side. */
  private readonly running = new Map<number, Promise<void>>();
  private stopping: AbortController | undefined;
  private working: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.plan = parts.plan;
    this.dockerfile = { name: parts.name, source: parts.source, file: parts.file };
    this.board = new StepBoard(parts.plan);
  }

  get steps(): readonly BuildStep[] {
    return this.board.steps;
  }

  get position(): number {
    return this.board.position;
  }

  get progress(): BuildProgress | undefined {
    return this.board.progress;
  }

  get container(): StepContainer | undefined {
    return this.board.container;
  }

  get stages(): BuildPlan['stages'] {
    return this.plan.stages;
  }

  get status(): BuildStatus {
    if (this.working !== undefined) return 'running';
    if (this.board.failedAt !== undefined) return 'failed';
    return this.steps.every(isBehind) ? 'finished' : 'ready';
  }

  output(step: StepId): readonly OutputLine[] {
    return this.board.output(step);
  }

  onChange(listener: () => void): () => void {
    return this.board.listeners.onChange(listener);
  }

  onOutput(listener: (step: StepId, line: OutputLine) => void): () => void {
    return this.board.listeners.onOutput(listener);
  }

  // ------------------------------------------------------------------ driving

  async next(): Promise<void> {
    const step = this.steps[this.position];
    if (step === undefined) return;
    if (isBehind(step)) this.stand(this.position + 1);
    else await this.work((signal) => this.runAt(step.id, signal));
  }

  back(): void {
    if (this.position > 0 && this.working === undefined) this.stand(this.position - 1);
  }

  async runTo(id: StepId): Promise<void> {
    const until = (): number => this.board.at(id) + 1;
    if (until() === 0) return;
    await this.work((signal) => this.runInOrder(signal, { until, stops: () => false }));
    if (this.steps.slice(0, until()).every(isBehind)) this.stand(until());
  }

  async continue(): Promise<void> {
    if (this.breakpoints.length === 0) {
      await this.work((signal) => this.runSideBySide(signal));
      if (this.board.failedAt === undefined) this.stand(firstNotBehind(this.steps));
      return;
    }
    const from = this.position;
    const until = (): number => this.steps.length;
    const stops = (at: number): boolean => at > from && breaksBefore(this.breakpoints, this.steps[at]!);
    await this.work((signal) => this.runInOrder(signal, { until, stops }));
  }

  private stand(position: number): void {
    this.board.position = position;
    this.board.listeners.changed();
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.working?.catch(() => undefined);
  }

  restartFrom(id: StepId, { noCache = false }: { noCache?: boolean } = {}): void {
    const at = this.board.at(id);
    if (at < 0 || this.working !== undefined) return;
    this.board.forget(at);
    this.forced.clear();
    if (noCache) this.forced.add(id);
    this.stand(at);
  }

  async edit(source: string): Promise<void> {
    await this.stop();
    const file = parse(source);
    mustBuild(file, source, this.dockerfile.name);
    const plan = planStages(file, this.parts.planOptions);
    const steps = this.board.stepsOf(plan);
    const isSame = JSON.stringify([...plan.globals]) === JSON.stringify([...this.plan.globals]);
    this.board.replan(plan, steps, isSame ? sameSteps(this.steps, steps) : 0);
    this.plan = plan;
    this.parts.bases.replan(plan);
    this.dockerfile = { ...this.dockerfile, source, file };
    this.board.listeners.changed();
  }

  setBreakpoints(breakpoints: readonly Breakpoint[]): void {
    this.breakpoints = [...breakpoints];
    this.board.listeners.changed();
  }

  // ------------------------------------------------------------------- running

  /** One piece of work at a time; what goes wrong in it is told by the step. */
  private async work(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.working !== undefined) throw new PhylloError('locked', 'run step: the build is running');
    this.stopping = new AbortController();
    this.board.failedAt = undefined;
    this.running.clear();
    this.working = run(this.stopping.signal).catch((error: unknown) => {
      if (this.board.failedAt === undefined && !isPhylloError(error, 'cancelled')) throw error;
    });
    this.board.listeners.changed();
    try {
      await this.working;
    } finally {
      this.working = undefined;
      this.stopping = undefined;
      this.board.progress = undefined;
      this.board.listeners.changed();
    }
  }

  private async runInOrder(signal: AbortSignal, { until, stops }: Way): Promise<void> {
    for (let at = 0; at < until(); at++) {
      if (stops(at) && at >= this.position) return;
      const step = this.steps[at]!;
      if (isBehind(step)) {
        this.stand(Math.max(this.position, at + 1));
        continue;
      }
      await this.runAt(step.id, signal);
      const state = this.board.stateAt(step.id, 'after');
      if (
        state &&
        (await breaksAfter(this.breakpoints, this.steps[at]!, () => this.parts.sources.changedPaths(state)))
      )
        return;
    }
  }

  private async runSideBySide(signal: AbortSignal): Promise<void> {
    const all = new AbortController();
    const either = AbortSignal.any([signal, all.signal]);
    const stages = this.plan.order.map((stage) => this.runStage(stage, either));
    for (const stage of stages) stage.catch(() => all.abort());
    const ends = await Promise.allSettled(stages);
    const failed = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
    const worst = failed.find((error) => !isPhylloError(error, 'cancelled')) ?? failed[0];
    if (worst !== undefined) throw worst;
  }

  /** Whoever needs the stage waits for the same work. */
  private runStage(stage: number, signal: AbortSignal): Promise<void> {
    const known = this.running.get(stage);
    if (known) return known;
    const running = this.runSteps(stage, signal);
    this.running.set(stage, running);
    return running;
  }

  private async runSteps(stage: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const step = this.steps.find((each) => each.stage === stage && !isBehind(each));
      if (step === undefined) return;
      await this.runAt(step.id, signal);
    }
  }

  /** The finished state of a stage that an instruction takes from. */
  async stageState(stage: number): Promise<StageState> {
    if (!this.plan.order.includes(stage)) await this.addStage(stage);
    // Its failure is its own: who only waited for it is stopped, not at fault.
    await this.running.get(stage)?.catch((cause: unknown) => {
      throw new PhylloError('cancelled', `use stage ${stage}: it failed`, { cause });
    });
    const state = this.board.stageState(stage);
    if (state !== undefined) return state;
    throw new PhylloError('build-failed', `use stage ${stage}: it was not built`);
  }

  /** What a trigger of a base image takes from: nothing in the text said that it is needed. */
  private async addStage(stage: number): Promise<void> {
    const order = orderWith(this.plan, stage, this.parts.planOptions);
    const more = order.filter((each) => !this.plan.order.includes(each));
    this.plan = { ...this.plan, order };
    this.board.addStages(this.plan, more);
    const { signal } = this.stopping!;
    for (const each of more) await this.runStage(each, signal);
  }

  private async runAt(id: StepId, signal: AbortSignal): Promise<void> {
    const output = this.board.begin(id);
    try {
      const result = await this.carryOut(id, output, signal);
      this.board.finish(id, result);
      if (result.failure) throw result.failure;
    } catch (error) {
      const problem = toPhylloError(error, 'run step');
      if (problem.code === 'cancelled') this.board.drop(id);
      else this.board.fail(id, problem);
      throw problem;
    } finally {
      if (this.container?.step === id) this.board.works(undefined);
    }
  }

  private async carryOut(id: StepId, output: StepOutput, signal: AbortSignal): Promise<StepResult> {
    if (signal.aborted) throw new PhylloError('cancelled', 'run step: cancelled');
    const stdout = output.stream('stdout');
    const stderr = output.stream('stderr');
    try {
      return await this.runStep(id, {
        stdout,
        stderr,
        signal,
        onProgress: (progress) => this.board.report(progress),
        onContainer: (engine, container) => this.board.works({ step: id, engine, id: container }),
      });
    } finally {
      // What it said last may have no line break.
      await Promise.all(
        [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.end(resolve))),
      );
    }
  }

  private runStep(id: StepId, io: WorkIo): Promise<StepResult> {
    const { instruction, stage, stageName } = this.steps[this.board.at(id)]!;
    const order: LayerOrder = {
      place: this.placeOf(id),
      runsSoon: this.steps.some((each) => !isBehind(each) && each.instruction.keyword === 'RUN'),
      noCache: this.forced.has(id) || this.parts.noCache(stage, stageName),
    };
    if (instruction.keyword === 'FROM') {
      const stageState = (needed: number): Promise<StageState> => this.stageState(needed);
      return this.parts.bases.begin(stage, { ...order, stageState }, io);
    }
    const state = this.board.stateAt(id, 'before')!;
    const { escape } = this.dockerfile.file.directives;
    const { globals } = this.plan;
    return this.parts.runner.run({ ...order, state, instruction, globals, escape }, io);
  }

  /** Equal words of a stage are counted. */
  private placeOf(id: StepId): StepPlace {
    const at = this.board.at(id);
    const { stage, instruction } = this.steps[at]!;
    const isSame = (step: BuildStep): boolean =>
      step.stage === stage && step.instruction.text === instruction.text;
    const count = this.steps.slice(0, at).filter(isSame).length;
    const place = this.parts.place;
    return { byWords: JSON.stringify([place, stage, instruction.text, count]), byNumber: `${place} ${id}` };
  }

  // ------------------------------------------------------------------- looking

  stateAt(id: StepId, when: 'before' | 'after'): StageState | undefined {
    return this.board.stateAt(id, when);
  }

  async imageAt(id: StepId, when: 'before' | 'after'): Promise<ResolvedImage | undefined> {
    const state = this.stateAt(id, when);
    return state && imageOf(state);
  }

  async tag(id: StepId, name: string): Promise<string> {
    const image = await this.imageAt(id, 'after');
    if (image === undefined) throw new PhylloError('invalid-argument', 'tag step: it did not run yet');
    const [familiar] = await this.parts.keep(image, [name]);
    return familiar!;
  }

  async close(): Promise<void> {
    await this.stop();
    this.board.listeners.clear();
  }
}
