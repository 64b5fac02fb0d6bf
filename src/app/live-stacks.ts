// The R/W layer of a container as one more layer of its image's stack, moment by moment.
import type { Engine } from '../engine/engine.ts';
import type { ContainerId } from '../engine/container.ts';
import type { LiveChange, LiveEvent } from '../snapshot/live-change.ts';
import { liveChanges, liveEvents, liveTotals } from '../snapshot/live-changes.ts';
import type { LiveLayer } from '../snapshot/live-layer.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import type { LayerTree } from '../tree/layer-tree.ts';
import type { LiveStack } from './container-services.ts';

export interface LiveSource {
  readonly engine: Engine;
  readonly id: ContainerId;
  /** Of the image's layers, base first. */
  readonly trees: Promise<readonly LayerTree[]>;
  readonly pool: IndexPool;
}

/**
 * The first moment at once; with `follow`, every later one. While one is merged, newer ones replace each other. `since` is
 * what the first one's events are counted from; without it there are none.
 */
export async function* liveStacks(
  { engine, id, trees, pool }: LiveSource,
  options: { follow: boolean; signal: AbortSignal; since?: readonly LiveChange[] },
): AsyncGenerator<LiveStack> {
  const { follow, signal } = options;
  const base = await trees;
  let before = options.since;
  for await (const live of newest(engine.changes(id, { follow, signal }))) {
    const moment = await merged(base, live, before, pool, signal);
    before = moment.changes;
    yield moment;
  }
}

async function merged(
  base: readonly LayerTree[],
  live: LiveLayer,
  before: readonly LiveChange[] | undefined,
  pool: IndexPool,
  signal: AbortSignal,
): Promise<LiveStack> {
  const stack = await pool.merge([...base, live.tree], { signal });
  const changes = liveChanges(stack, live);
  const events: readonly LiveEvent[] = before ? liveEvents(before, changes, new Date().toISOString()) : [];
  return { stack, live, changes, events, totals: liveTotals(changes) };
}

/** Reads ahead and keeps only the last value, so that a slow reader is never behind. */
async function* newest<Value>(values: AsyncIterable<Value>): AsyncGenerator<Value> {
  const held: { value?: Value; ended?: true; error?: unknown } = {};
  let wake = (): void => {};
  const reading = (async () => {
    for await (const value of values) {
      held.value = value;
      wake();
    }
  })()
    .catch((error: unknown) => (held.error = error))
    .finally(() => {
      held.ended = true;
      wake();
    });
  while (true) {
    if (held.value === undefined && !held.ended) await new Promise<void>((resolve) => (wake = resolve));
    const { value } = held;
    delete held.value;
    if (value !== undefined) yield value;
    else if (held.ended) break;
  }
  await reading;
  if (held.error !== undefined) throw held.error;
}
