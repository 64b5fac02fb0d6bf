// FROM: the state that a stage begins with, and what its image wants to be done first.
import { parseTrigger } from '../dockerfile/parse.ts';
import type { Instruction, Range } from '../dockerfile/instruction.ts';
import { safeText } from '../lib/text.ts';
import { type Platform, platformMatches, formatPlatform } from '../oci/platform.ts';
import type { BuildParts } from './build-parts.ts';
import type { BuildTools } from './build-tools.ts';
import { directoryWork } from './directory-work.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { LayerMaker, LayerOrder } from './layer-maker.ts';
import type { LayerWork, WorkIo } from './layer-work.ts';
import { datedRows } from './made-time.ts';
import type { NamedContext } from './sources.ts';
import { type StageState, childState, imageState, scratchState, withAddedLayer } from './stage-state.ts';
import type { BuildPlan, PlannedStage, StageBase } from './stages.ts';
import type { StepResult } from './step-runner.ts';

export interface BasesParts {
  readonly build: Pick<BuildParts, 'epochSeconds'> & { readonly tools: Pick<BuildTools, 'resolve'> };
  readonly contexts: ReadonlyMap<string, NamedContext>;
  /** For a context that is a directory. */
  readonly layers: Pick<LayerMaker, 'take'>;
}

export interface BaseRequest extends LayerOrder {
  /** The finished state of another stage. */
  readonly stageState: (index: number) => Promise<StageState>;
}

/** What is below the first instruction, and whether the cache had it. */
type Base = Omit<StepResult, 'expanded' | 'triggers'>;

export class StageBases {
  private readonly parts: BasesParts;
  private plan: BuildPlan;

  constructor(parts: BasesParts, plan: BuildPlan) {
    this.parts = parts;
    this.plan = plan;
  }

  replan(plan: BuildPlan): void {
    this.plan = plan;
  }

  /** Throws `not-found` for an image or a directory that is nowhere, and what pulling and reading throw. */
  async begin(index: number, request: BaseRequest, io: WorkIo): Promise<StepResult> {
    const stage = this.plan.stages[index]!;
    const { state, ...base } = await this.base(stage, request, io);
    const triggers = triggersOf(state, stage.from.range);
    const { OnBuild: _, ...config } = state.config;
    const ofPlatform = platformMatches(stage.platform, state.platform)
      ? []
      : [
          `the base is for ${safeText(formatPlatform(state.platform))}, not ${formatPlatform(stage.platform)}`,
        ];
    return {
      ...base,
      state: { ...state, config },
      expanded: expandedFrom(stage),
      warnings: [...base.warnings, ...ofPlatform],
      triggers,
    };
  }

  private async base(stage: PlannedStage, request: BaseRequest, io: WorkIo): Promise<Base> {
    const { base, platform } = stage;
    switch (base.kind) {
      case 'scratch':
        return asItIs(scratchState(platform));
      case 'stage':
        return asItIs(childState(await request.stageState(base.index)));
      case 'image':
        return this.image(base.reference, platform, io);
      case 'context': {
        const context = this.parts.contexts.get(base.name)!;
        if (context.kind === 'image') return this.image(context.reference, platform, io);
        const work = await directoryWork(base.name, await context.files(), io.signal);
        return this.directory(work, scratchState(platform), request, io);
      }
    }
  }

  private async image(reference: string, platform: Platform, { signal, onProgress }: WorkIo): Promise<Base> {
    const options = { signal, ...(onProgress && { onProgress }) };
    return asItIs(imageState(await this.parts.build.tools.resolve(reference, platform, options)));
  }

  /** The one base that has a layer of its own to make. */
  private async directory(
    work: LayerWork,
    nothing: StageState,
    request: BaseRequest,
    io: WorkIo,
  ): Promise<Base> {
    const { build, layers } = this.parts;
    const { layer, ...outcome } = await layers.take(work, nothing, request, io);
    const state = datedRows(withAddedLayer(nothing, work.createdBy, layer), 0, build);
    return { ...outcome, state, hasLayer: true, warnings: work.warnings };
  }
}

/** Nothing of it is made here, so nothing is kept. */
function asItIs(state: StageState): Base {
  return { state, verdict: { kind: 'none' }, hasLayer: false, warnings: [] };
}

function expandedFrom({ base, name }: PlannedStage): string {
  const title = baseTitle(base);
  return name === undefined ? `FROM ${title}` : `FROM ${title} AS ${name}`;
}

function baseTitle(base: StageBase): string {
  switch (base.kind) {
    case 'scratch':
      return 'scratch';
    case 'stage':
      return `stage ${base.index}`;
    case 'image':
      return base.reference;
    case 'context':
      return `context ${base.name}`;
  }
}

function triggersOf({ config }: StageState, range: Range): Instruction[] {
  return (config.OnBuild ?? []).map((text) => {
    const { instruction, diagnostics } = parseTrigger(text);
    const fault = diagnostics.find(({ severity }) => severity === 'error');
    if (instruction !== undefined && fault === undefined) return { ...instruction, range };
    const reason = fault?.message ?? 'it cannot be read';
    throw dockerfileError(range, `the base image has the trigger ${JSON.stringify(text)}: ${reason}`);
  });
}
