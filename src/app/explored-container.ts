// A container opened for exploring: its image's stack with the live layer on top, and what changes in it.
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { StackRow } from '../oci/history.ts';
import type { FileContent } from '../tree/content.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import type { LayerTree } from '../tree/layer-tree.ts';
import type { SearchQuery } from '../tree/search.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { LiveChange } from '../snapshot/live-change.ts';
import type { ExploredContainer, LiveStack } from './container-services.ts';
import { liveStacks } from './live-stacks.ts';
import type { ExploredImage, IndexProgress } from './services.ts';

interface Listener {
  readonly onMoment: (live: LiveStack) => void;
  readonly onError: (error: unknown) => void;
}

export class LiveContainer implements ExploredContainer {
  readonly container: Container;
  readonly rows: readonly StackRow[];
  readonly trees: readonly Promise<LayerTree>[];
  private readonly image_: ExploredImage;
  private readonly engine: Engine;
  private readonly pool: IndexPool;
  private readonly closing = new AbortController();
  private readonly listeners = new Set<Listener>();
  private following: AbortController | undefined;
  private moment: Promise<LiveStack>;

  /** `image` is closed with it. */
  constructor(container: Container, image: ExploredImage, engine: Engine, pool: IndexPool) {
    this.container = container;
    this.image_ = image;
    this.engine = engine;
    this.pool = pool;
    this.rows = [...image.rows, liveRow(container, image)];
    this.moment = this.firstMoment();
    this.trees = [...image.trees, this.moment.then(({ live }) => live.tree)];
    for (const promise of [this.moment, this.trees.at(-1)!]) promise.catch(ignore);
  }

  get image(): ExploredImage['image'] {
    return this.image_.image;
  }

  get config(): ExploredImage['config'] {
    return this.image_.config;
  }

  get title(): string {
    return safeText(this.container.name);
  }

  get stored(): boolean {
    return this.image_.stored;
  }

  get layers(): ExploredImage['layers'] {
    return this.image_.layers;
  }

  get bases(): ExploredImage['bases'] {
    return this.image_.bases;
  }

  get stack(): Promise<StackIndex> {
    return this.moment.then(({ stack }) => stack);
  }

  get now(): Promise<LiveStack> {
    return this.moment;
  }

  private moments(
    follow: boolean,
    signal: AbortSignal,
    since?: readonly LiveChange[],
  ): AsyncGenerator<LiveStack> {
    const trees = Promise.all(this.image_.trees);
    return liveStacks(
      { engine: this.engine, id: this.container.id, trees, pool: this.pool },
      { follow, signal, ...(since && { since }) },
    );
  }

  private async firstMoment(): Promise<LiveStack> {
    for await (const moment of this.moments(false, this.closing.signal)) return moment;
    throw gone(this.title);
  }

  onLive(onMoment: Listener['onMoment'], onError: Listener['onError']): () => void {
    const listener = { onMoment, onError };
    this.listeners.add(listener);
    if (!this.following) this.follow().catch(ignore);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.following?.abort();
      this.following = undefined;
    };
  }

  private async follow(): Promise<void> {
    const following = new AbortController();
    this.following = following;
    const signal = AbortSignal.any([following.signal, this.closing.signal]);
    // What happened between the first moment and the first that is followed is told as well.
    const known = await this.moment.catch(() => undefined);
    try {
      for await (const moment of this.moments(true, signal, known?.changes)) {
        if (signal.aborted) return;
        this.moment = Promise.resolve(moment);
        for (const { onMoment } of this.listeners) onMoment(moment);
      }
      if (!signal.aborted) throw gone(this.title);
    } catch (error) {
      if (signal.aborted) return;
      const problem = toPhylloError(error, `watch container ${this.title}`);
      for (const { onError } of this.listeners) onError(problem);
    } finally {
      if (this.following === following) this.following = undefined;
    }
  }

  /** What lies below is compared exactly; the live layer is compared by the engine. */
  async exact(): Promise<StackIndex> {
    await this.image_.exact();
    const sealed = await Promise.all(this.image_.trees);
    const { live } = await this.moment;
    return this.pool.merge([...sealed, live.tree], { signal: this.closing.signal });
  }

  onProgress(listener: (progress: IndexProgress) => void): () => void {
    return this.image_.onProgress(listener);
  }

  async content(layer: number, node: number): Promise<FileContent> {
    if (layer < this.layers.length) return this.image_.content(layer, node);
    return this.engine.content(this.container.id, (await this.moment).live, node);
  }

  async search(query: SearchQuery, signal?: AbortSignal): Promise<Int32Array> {
    const either =
      signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal]);
    return this.pool.search((await this.moment).stack, query, { signal: either });
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.listeners.clear();
    await this.image_.close();
  }
}

function liveRow({ command, entrypoint, created }: Container, image: ExploredImage): StackRow {
  const createdBy = [...entrypoint, ...command].join(' ');
  return {
    index: image.rows.length,
    layer: image.layers.length,
    instruction: createdBy,
    createdBy,
    created,
    comment: undefined,
  };
}

function gone(title: string): PhylloError {
  return new PhylloError('not-found', `watch container ${title}: it was removed`);
}

function ignore(): void {}
