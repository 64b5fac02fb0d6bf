// FROM: the state that a stage begins with, and what its image wants to be done first.
import { parseTrigger } from '../dockerfile/parse.ts';
import type { Instruction, Range } from '../dockerfile/instruction.ts';
import { safeText } from '../lib/text.ts';
import { platformMatches, formatPlatform } from '../oci/platform.ts';
import type { BuildTools, ResolveOptions } from './build-tools.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { NamedContext } from './sources.ts';
import { type StageState, childState, imageState, scratchState } from './stage-state.ts';
import type { BuildPlan, PlannedStage } from './stages.ts';
import type { StepResult } from './step-runner.ts';

export class StageBases {
  private readonly tools: Pick<BuildTools, 'resolve'>;
  private readonly contexts: ReadonlyMap<string, NamedContext>;
  private plan: BuildPlan;

  constructor(
    tools: Pick<BuildTools, 'resolve'>,
    contexts: ReadonlyMap<string, NamedContext>,
    plan: BuildPlan,
  ) {
    this.tools = tools;
    this.contexts = contexts;
    this.plan = plan;
  }

  replan(plan: BuildPlan): void {
    this.plan = plan;
  }

  /** Throws `not-found` for an image that is nowhere, and what pulling throws. */
  async begin(
    index: number,
    stageState: (index: number) => Promise<StageState>,
    options: ResolveOptions = {},
  ): Promise<StepResult> {
    const stage = this.plan.stages[index]!;
    const base = await this.baseState(stage, stageState, options);
    const triggers = triggersOf(base, stage.from.range);
    const { OnBuild: _, ...config } = base.config;
    const warnings = platformMatches(stage.platform, base.platform)
      ? []
      : [`the base is for ${safeText(formatPlatform(base.platform))}, not ${formatPlatform(stage.platform)}`];
    return {
      state: { ...base, config },
      verdict: { kind: 'none' },
      hasLayer: false,
      expanded: expandedFrom(stage),
      warnings,
      triggers,
    };
  }

  private async baseState(
    { base, platform, from }: PlannedStage,
    stageState: (index: number) => Promise<StageState>,
    options: ResolveOptions,
  ): Promise<StageState> {
    switch (base.kind) {
      case 'scratch':
        return scratchState(platform);
      case 'stage':
        return childState(await stageState(base.index));
      case 'image':
        return imageState(await this.tools.resolve(base.reference, platform, options));
      case 'context': {
        const context = this.contexts.get(base.name)!;
        if (context.kind === 'image')
          return imageState(await this.tools.resolve(context.reference, platform, options));
        throw dockerfileError(
          from.range,
          `the context ${JSON.stringify(base.name)} is a directory, no image`,
          {
            code: 'unsupported',
            hint: 'COPY --from can take files from it; FROM needs an image: NAME=docker-image://REFERENCE.',
          },
        );
      }
    }
  }
}

function expandedFrom({ base, name }: PlannedStage): string {
  const title =
    base.kind === 'image' ? base.reference : base.kind === 'stage' ? `stage ${base.index}` : base.kind;
  return name === undefined ? `FROM ${title}` : `FROM ${title} AS ${name}`;
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
