// The layer of a step: from the cache where it is there, else made, and remembered.
import type { PhylloError } from '../lib/errors.ts';
import { layerDescriptor } from '../oci/make-image.ts';
import type { CacheVerdict } from './build.ts';
import type { BuildParts } from './build-parts.ts';
import { cacheKey } from './cache-key.ts';
import { Slots } from './context/slots.ts';
import type { LayerWork, WorkIo } from './layer-work.ts';
import type { NewLayer, StageState } from './stage-state.ts';
import type { KeyedStep, StepCache, StepPlace } from './step-cache.ts';

export interface LayerOrder {
  readonly place: StepPlace;
  readonly noCache: boolean;
  /** RUN is among the steps that are left, this one included. */
  readonly runsSoon: boolean;
}

export interface TakenLayer {
  readonly layer: NewLayer;
  readonly verdict: CacheVerdict;
  /** The step failed; the layer is what it left, for looking at. */
  readonly failure?: PhylloError;
}

export class LayerMaker {
  private readonly build: BuildParts;
  private readonly cache: StepCache;
  private readonly turns = new Map<string, Slots>();

  constructor(build: BuildParts, cache: StepCache) {
    this.build = build;
    this.cache = cache;
  }

  /**
   * `below` is what it lies on. Steps of one key, in stages that run side by side, take turns: the second one finds what
   * the first one made, with its time, so that a rebuild is the same image.
   */
  async take(work: LayerWork, below: StageState, order: LayerOrder, io: WorkIo): Promise<TakenLayer> {
    const { parts } = work;
    const step: KeyedStep = { key: cacheKey(parts), parts, place: order.place };
    const turn = this.turns.get(step.key) ?? new Slots(1);
    this.turns.set(step.key, turn);
    return turn.hold(() => this.findOrMake(work, step, { below, order, io }));
  }

  private async findOrMake(
    work: LayerWork,
    step: KeyedStep,
    { below, order, io }: { below: StageState; order: LayerOrder; io: WorkIo },
  ): Promise<TakenLayer> {
    const { noCache, runsSoon } = order;
    const { verdict, layer: known } = await this.cache.look(step, noCache);
    if (known !== undefined) return { layer: known, verdict };
    const given =
      work.isToldByRow && !noCache ? await this.build.cacheImages.find(below, work.createdBy) : undefined;
    if (given !== undefined) {
      await this.cache.adopt(given, step);
      return { layer: given, verdict: { kind: 'hit' } };
    }
    if (runsSoon) this.build.tools.expectRun();
    return { ...(await this.make(work, step, io)), verdict };
  }

  private async make(work: LayerWork, step: KeyedStep, io: WorkIo): Promise<Omit<TakenLayer, 'verdict'>> {
    const { lease, tools } = this.build;
    const { signal } = io;
    const made = await work.make(io);
    try {
      if (made.failure === undefined)
        return { layer: await this.cache.keep(made.tar, { ...step, lease, signal }) };
      const { digest, size } = await tools.store.put(made.tar, undefined, { lease, signal });
      const descriptor = layerDescriptor({ digest, size });
      const created = new Date().toISOString();
      return { layer: { descriptor, diffID: digest, created }, failure: made.failure };
    } finally {
      await made.done();
    }
  }
}
