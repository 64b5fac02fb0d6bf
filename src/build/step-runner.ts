// Carries out one step on the state of its stage: from the cache where it is there, else for real.
import type { Instruction } from '../dockerfile/instruction.ts';
import type { PhylloError } from '../lib/errors.ts';
import type { CacheVerdict } from './build.ts';
import type { BuildParts } from './build-parts.ts';
import { copyWork } from './copy-work.ts';
import { type Escape, Expander } from './expansion.ts';
import type { LayerMaker, LayerOrder } from './layer-maker.ts';
import type { LayerWork, WorkIo } from './layer-work.ts';
import { applyMetadata } from './metadata-step.ts';
import { runWork } from './run-work.ts';
import { datedRows, madeSeconds } from './made-time.ts';
import { type StageState, withHistory } from './stage-state.ts';
import { workdirWork } from './workdir-work.ts';

export interface StepRequest extends LayerOrder {
  readonly state: StageState;
  readonly instruction: Exclude<Instruction, { keyword: 'FROM' }>;
  /** Arguments before the first FROM. */
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly escape: Escape;
}

export interface StepResult {
  readonly state: StageState;
  readonly verdict: CacheVerdict;
  readonly hasLayer: boolean;
  readonly expanded: string;
  readonly warnings: readonly string[];
  /** The step failed; `state` is what it left, for looking at. */
  readonly failure?: PhylloError;
  /** What FROM's image wants to be done next (ONBUILD). */
  readonly triggers?: readonly Instruction[];
}

export class StepRunner {
  private readonly build: BuildParts;
  private readonly layers: Pick<LayerMaker, 'take'>;

  constructor(build: BuildParts, layers: Pick<LayerMaker, 'take'>) {
    this.build = build;
    this.layers = layers;
  }

  /** Throws `invalid-dockerfile`, `build-failed`, `cancelled` and whatever its work throws. */
  async run(request: StepRequest, io: WorkIo): Promise<StepResult> {
    const result = await this.carryOut(request, io);
    return { ...result, state: datedRows(result.state, request.state.history.length, this.build) };
  }

  private async carryOut(request: StepRequest, io: WorkIo): Promise<StepResult> {
    const { state, instruction, globals, escape } = request;
    const { args } = this.build;
    const expander = new Expander(state.env, { escape, range: instruction.range });
    switch (instruction.keyword) {
      case 'RUN': {
        const work = await runWork(instruction, { state, build: this.build, expander });
        return this.layer(request, state, work, io);
      }
      case 'COPY':
      case 'ADD': {
        const work = await copyWork(instruction, { state, build: this.build, expander, io });
        return this.layer(request, state, work, io);
      }
      case 'WORKDIR': {
        const moved = applyMetadata(state, instruction, { expander, args, globals });
        const work = workdirWork(moved, this.build, madeSeconds(state, this.build));
        if (work !== undefined) return this.layer(request, moved, work, io);
        return metadataResult(
          withHistory(moved, `WORKDIR ${moved.config.WorkingDir}`),
          `WORKDIR ${moved.config.WorkingDir}`,
        );
      }
      default: {
        const changed = applyMetadata(state, instruction, { expander, args, globals });
        const row =
          changed.history.length > state.history.length ? changed.history.at(-1)?.created_by : undefined;
        return metadataResult(changed, row ?? instruction.text);
      }
    }
  }

  private async layer(
    request: StepRequest,
    state: StageState,
    work: LayerWork,
    io: WorkIo,
  ): Promise<StepResult> {
    const { createdBy, warnings } = work;
    const { layer, ...outcome } = await this.layers.take(work, state, request, io);
    const after = withHistory(state, createdBy, layer);
    return { ...outcome, state: after, hasLayer: true, expanded: createdBy, warnings };
  }
}

function metadataResult(state: StageState, expanded: string): StepResult {
  return { state, verdict: { kind: 'none' }, hasLayer: false, expanded, warnings: [] };
}
