// A build that a test plays, of a real Dockerfile: what each step does, prints and how it ends is said by hand.
import type { BuildRequest, BuildsService, OpenBuild } from '../../src/app/build-services.ts';
import type { ExploredImage, WorkOptions } from '../../src/app/services.ts';
import type {
  Breakpoint,
  BuildProgress,
  BuildSession,
  BuildStatus,
  BuildStep,
  CacheVerdict,
  OutputLine,
  StepId,
} from '../../src/build/build.ts';
import { mustBuild } from '../../src/build/dockerfile-error.ts';
import type { Diagnostic, Instruction } from '../../src/dockerfile/instruction.ts';
import { parse } from '../../src/dockerfile/parse.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { stackRows } from '../../src/oci/history.ts';
import type { ResolvedImage } from '../../src/oci/image.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import type { LayerSpec } from './layers.ts';
import { type PlayedImage, imageAfter } from './tui-build-image.ts';
import { FakeContainer } from './tui-container.ts';
import type { FakeContainers } from './tui-containers.ts';
import { exploredImage } from './tui-image.ts';

export interface StepPlan {
  readonly layer?: LayerSpec;
  readonly prints?: readonly string[];
  readonly verdict?: CacheVerdict;
  readonly fails?: PhylloError;
  readonly durationMs?: number;
  readonly expanded?: string;
  readonly warnings?: readonly string[];
  /** It runs until the test ends it. */
  readonly held?: true;
  /** What it writes can be watched. */
  readonly live?: true;
}

type Plans = Readonly<Record<StepId, StepPlan>>;

export class FakeBuilds implements BuildsService {
  /** As the file is on disk. */
  text: string;
  plans: Plans;
  diagnostics: readonly Diagnostic[] = [];
  /** Thrown by the next `open`. */
  failure: Error | undefined;
  readonly requests: BuildRequest[] = [];
  readonly opened: FakeBuild[] = [];
  /** Tells how much of the context was read. */
  progress: WorkOptions['onProgress'];
  readonly containers: FakeContainers | undefined;

  constructor(text: string, plans: Plans = {}, containers?: FakeContainers) {
    this.text = text;
    this.plans = plans;
    this.containers = containers;
  }

  async open(request: BuildRequest, { onProgress }: WorkOptions = {}): Promise<OpenBuild> {
    this.requests.push(request);
    this.progress = onProgress;
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const build = new FakeBuild(this);
    this.opened.push(build);
    return build;
  }

  /** The newest one. */
  get build(): FakeBuild {
    return this.opened.at(-1)!;
  }

  check = refuse;
  usage = refuse;
  prune = refuse;
}

export class FakeBuild implements OpenBuild {
  readonly session: FakeSession;
  readonly path = '/home/me/app/Dockerfile';
  readonly shells: { readonly step: StepId; readonly when: string }[] = [];
  readonly diagnostics: readonly Diagnostic[];
  readonly warnings: string[] = [];
  /** How often images were opened, and how many of them are open. */
  explored = 0;
  open = 0;
  finished = 0;
  closed = false;
  /** The layer of the step that runs. */
  written: FakeContainer | undefined;
  private readonly builds: FakeBuilds;

  constructor(builds: FakeBuilds) {
    this.builds = builds;
    this.diagnostics = builds.diagnostics;
    this.session = new FakeSession(builds);
  }

  explore(image: ResolvedImage, title: string): ExploredImage {
    this.explored++;
    this.open++;
    const { trees, history } = this.session.imageOf(image);
    const stack = mergeLayers(trees);
    const memory = exploredImage(
      { layers: trees, instructions: history.map((row) => row.created_by) },
      stack,
    );
    return {
      ...memory,
      image,
      config: image.config,
      title,
      stored: true,
      rows: stackRows(image.config.history, trees.length),
      close: async () => void this.open--,
    };
  }

  async live(id: StepId): ReturnType<OpenBuild['live']> {
    const image = await this.session.imageAt(id, 'before');
    if (!this.builds.plans[id]?.live || !image) return undefined;
    const { trees } = this.session.imageOf(image);
    this.written = new FakeContainer({ base: trees, changed: () => {} }, 'step', {});
    return this.written.explored();
  }

  async shell(step: StepId, when: 'before' | 'after'): Promise<string> {
    this.shells.push({ step, when });
    return this.builds.containers!.add(`step-${this.shells.length}`, { status: 'created' }).record.id;
  }

  async reread(): Promise<string> {
    return this.builds.text;
  }

  async finish(): Promise<Digest> {
    if (this.session.status !== 'finished')
      throw new PhylloError('invalid-argument', 'name image: not finished');
    this.finished++;
    return this.session.steps.at(-1)!.image!.id;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

export class FakeSession implements BuildSession {
  steps: readonly BuildStep[];
  position = 0;
  breakpoints: readonly Breakpoint[] = [];
  progress: BuildProgress | undefined;
  dockerfile: BuildSession['dockerfile'];
  readonly tags: string[] = [];
  /** Of restarts without the cache. */
  readonly rebuilt: StepId[] = [];
  private readonly builds: FakeBuilds;
  private readonly images = new Map<Digest, PlayedImage>();
  private readonly printed = new Map<StepId, OutputLine[]>();
  private readonly listeners = new Set<() => void>();
  private working = false;
  private stopping = false;
  private release: (() => void) | undefined;

  constructor(builds: FakeBuilds) {
    this.builds = builds;
    const { text: source } = builds;
    this.dockerfile = { name: 'Dockerfile', source, file: parse(source) };
    this.steps = stepsOf(this.dockerfile.file.instructions);
  }

  get status(): BuildStatus {
    if (this.working) return 'running';
    if (this.steps.some(({ status }) => status === 'failed')) return 'failed';
    return this.steps.every(isBehind) ? 'finished' : 'ready';
  }

  output(step: StepId): readonly OutputLine[] {
    return this.printed.get(step) ?? [];
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onOutput(): () => void {
    return () => {};
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  // --------------------------------------------------------------- by the test

  /** The step that is held goes on to its end. */
  endStep(): void {
    this.release?.();
  }

  print(step: StepId, ...lines: readonly string[]): void {
    const known = this.printed.get(step) ?? [];
    const more = lines.map((text): OutputLine => {
      const stream = text.startsWith('stderr: ') ? 'stderr' : 'stdout';
      return { stream, text: text.replace(/^stderr: /, ''), atMs: 0 };
    });
    this.printed.set(step, [...known, ...more]);
    this.changed();
  }

  change(id: StepId, change: Partial<BuildStep>): void {
    this.steps = this.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
    this.changed();
  }

  report(progress: BuildProgress): void {
    this.progress = progress;
    this.changed();
  }

  imageOf({ id }: ResolvedImage): PlayedImage {
    return this.images.get(id)!;
  }

  // ------------------------------------------------------------------ driving

  async next(): Promise<void> {
    const step = this.steps[this.position];
    if (!step) return;
    if (isBehind(step)) this.position++;
    else await this.work(() => this.runStep(step.id));
    this.changed();
  }

  back(): void {
    if (this.position > 0) this.position--;
    this.changed();
  }

  async runTo(id: StepId): Promise<void> {
    const until = this.indexOf(id) + 1;
    await this.work(() => this.runWhile((at) => at < until));
    if (this.steps.slice(0, until).every(isBehind)) this.position = until;
    this.changed();
  }

  async continue(): Promise<void> {
    const from = this.position;
    await this.work(() => this.runWhile((at) => at === from || !this.breaksAt(at)));
    this.changed();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.endStep();
  }

  restartFrom(id: StepId, { noCache = false }: { noCache?: boolean } = {}): void {
    if (noCache) this.rebuilt.push(id);
    this.forgetFrom(this.indexOf(id));
    this.position = this.indexOf(id);
    this.changed();
  }

  async edit(source: string): Promise<void> {
    const file = parse(source);
    if (file.instructions.length === 0)
      throw new PhylloError('invalid-dockerfile', 'read Dockerfile: it is empty');
    mustBuild(file, source, 'Dockerfile');
    const before = this.steps;
    const steps = stepsOf(file.instructions);
    const differs = steps.findIndex(
      ({ instruction }, at) => instruction.text !== before[at]?.instruction.text,
    );
    const kept = differs < 0 ? steps.length : differs;
    this.steps = steps.map((step, at) =>
      at < kept ? { ...before[at]!, instruction: step.instruction } : step,
    );
    this.dockerfile = { ...this.dockerfile, source, file };
    this.position = Math.min(this.position, kept);
    this.changed();
  }

  setBreakpoints(breakpoints: readonly Breakpoint[]): void {
    this.breakpoints = breakpoints;
    this.changed();
  }

  async imageAt(id: StepId, when: 'before' | 'after'): Promise<ResolvedImage | undefined> {
    const step = this.steps[this.indexOf(id)]!;
    return when === 'after' ? step.image : this.below(step)?.image;
  }

  async tag(id: StepId, name: string): Promise<string> {
    this.tags.push(`${id} ${name}`);
    return name;
  }

  async close(): Promise<void> {}

  // ------------------------------------------------------------------ running

  private async work(run: () => Promise<void>): Promise<void> {
    this.working = true;
    this.stopping = false;
    this.changed();
    await run();
    this.working = false;
    this.progress = undefined;
    this.changed();
  }

  private async runWhile(goesOn: (at: number) => boolean): Promise<void> {
    for (let at = 0; at < this.steps.length && goesOn(at); at++) {
      const step = this.steps[at]!;
      if (isBehind(step)) this.position = Math.max(this.position, at + 1);
      else await this.runStep(step.id);
      if (this.stopping || this.steps[at]!.status === 'failed') return;
    }
  }

  private async runStep(id: StepId): Promise<void> {
    const plan = this.builds.plans[id] ?? {};
    this.printed.set(id, []);
    this.change(id, { status: 'running', startedMs: Date.UTC(2026, 10, 25, 12) - 3000, error: undefined });
    this.print(id, ...(plan.prints ?? []));
    if (plan.held) await new Promise<void>((resolve) => (this.release = resolve));
    this.release = undefined;
    if (this.stopping) return this.change(id, PENDING);
    const { durationMs = 1200, expanded, warnings = [], fails: error } = plan;
    const verdict: CacheVerdict = plan.verdict ?? { kind: 'miss', why: 'new' };
    const status = error ? 'failed' : verdict.kind === 'hit' ? 'cached' : 'done';
    const image = this.makeImage(this.steps[this.indexOf(id)]!, plan);
    const isBare = image.history.at(-1)!.empty_layer === true;
    if (!error && this.steps[this.position]?.id === id) this.position++;
    this.change(id, {
      status,
      verdict,
      durationMs,
      expanded,
      warnings,
      error,
      image: image.resolved,
      hasLayer: !isBare,
    });
  }

  private makeImage(step: BuildStep, plan: StepPlan): PlayedImage {
    const below = this.below(step)?.image;
    const image = imageAfter(step, below && this.imageOf(below), plan.layer);
    this.images.set(image.resolved.id, image);
    return image;
  }

  private below({ id, stage }: BuildStep): BuildStep | undefined {
    const before = this.steps[this.indexOf(id) - 1];
    return before?.stage === stage ? before : undefined;
  }

  private indexOf(id: StepId): number {
    return this.steps.findIndex((step) => step.id === id);
  }

  private forgetFrom(from: number): void {
    this.steps = this.steps.map((step, at) => (at < from ? step : { ...step, ...PENDING }));
  }

  private breaksAt(at: number): boolean {
    const { start, end } = this.steps[at]!.instruction.range;
    return this.breakpoints.some(
      (point) => point.kind === 'line' && point.line >= start.line && point.line <= end.line,
    );
  }
}

const PENDING = {
  status: 'pending',
  verdict: undefined,
  expanded: undefined,
  startedMs: undefined,
  durationMs: undefined,
  image: undefined,
  hasLayer: false,
  error: undefined,
  warnings: [],
} as const;

function stepsOf(instructions: readonly Instruction[]): BuildStep[] {
  let stage = -1;
  let index = 0;
  let stageName: string | undefined;
  return instructions.map((instruction): BuildStep => {
    if (instruction.keyword === 'FROM') {
      stage++;
      index = -1;
      ({ stageName } = instruction);
    }
    index++;
    return { id: `${stage}.${index}`, stage, stageName, index, instruction, isTrigger: false, ...PENDING };
  });
}

function isBehind({ status }: BuildStep): boolean {
  return status === 'done' || status === 'cached';
}

function refuse(): never {
  throw new Error('no test asks for that');
}
