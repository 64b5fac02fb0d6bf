// Carries out one step on the state of its stage: from the cache where it is there, else for real.
import type { Instruction } from '../dockerfile/instruction.ts';
import type { PhylloError } from '../lib/errors.ts';
import { layerDescriptor } from '../oci/make-image.ts';
import type { CacheVerdict } from './build.ts';
import type { BuildParts } from './build-parts.ts';
import { copyWork } from './copy-work.ts';
import { type Escape, Expander } from './expansion.ts';
import type { LayerWork, WorkIo } from './layer-work.ts';
import { applyMetadata } from './metadata-step.ts';
import { runWork } from './run-work.ts';
import { madeSeconds } from './made-time.ts';
import { type NewLayer, type StageState, withHistory } from './stage-state.ts';
import type { StepCache, StepPlace } from './step-cache.ts';
import { workdirWork } from './workdir-work.ts';

export interface StepRequest {
  readonly state: StageState;
  readonly instruction: Exclude<Instruction, { keyword: 'FROM' }>;
  readonly place: StepPlace;
  readonly noCache: boolean;
  /** Arguments before the first FROM. */
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly escape: Escape;
  /** RUN is among the steps that are left, this one included. */
  readonly runsSoon: boolean;
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
  private readonly cache: StepCache;

  constructor(build: BuildParts, cache: StepCache) {
    this.build = build;
    this.cache = cache;
  }

  /** Throws `invalid-dockerfile`, `build-failed`, `cancelled` and whatever its work throws. */
  async run(request: StepRequest, io: WorkIo): Promise<StepResult> {
    const result = await this.carryOut(request, io);
    const { epochSeconds } = this.build;
    if (epochSeconds === undefined) return result;
    return { ...result, state: datedFrom(request.state.history.length, result.state, epochSeconds) };
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
    { place, noCache, runsSoon }: StepRequest,
    state: StageState,
    work: LayerWork,
    io: WorkIo,
  ): Promise<StepResult> {
    const { parts, createdBy, warnings } = work;
    const { key, verdict, layer: known } = await this.cache.look(parts, place, noCache);
    const result = (layer: NewLayer): StepResult => ({
      state: withHistory(state, createdBy, layer),
      verdict,
      hasLayer: true,
      expanded: createdBy,
      warnings,
    });
    if (known !== undefined) return result(known);
    const given =
      work.isToldByRow && !noCache ? await this.build.cacheImages.find(state, createdBy) : undefined;
    if (given !== undefined) {
      await this.cache.adopt(given, { key, parts, place });
      return { ...result(given), verdict: { kind: 'hit' } };
    }
    if (runsSoon) this.build.tools.expectRun();
    const { lease } = this.build;
    const made = await work.make(io);
    try {
      if (made.failure === undefined) {
        return result(await this.cache.keep(made.tar, { key, parts, place, lease, signal: io.signal }));
      }
      const { digest, size } = await this.build.tools.store.put(made.tar, undefined, {
        lease,
        signal: io.signal,
      });
      const left = {
        descriptor: layerDescriptor({ digest, size }),
        diffID: digest,
        created: new Date().toISOString(),
      };
      return { ...result(left), failure: made.failure };
    } finally {
      await made.done();
    }
  }
}

/** SOURCE_DATE_EPOCH is the time of every row that a build adds. */
function datedFrom(first: number, state: StageState, epochSeconds: number): StageState {
  const created = new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return { ...state, history: state.history.map((row, at) => (at < first ? row : { ...row, created })) };
}

function metadataResult(state: StageState, expanded: string): StepResult {
  return { state, verdict: { kind: 'none' }, hasLayer: false, expanded, warnings: [] };
}
