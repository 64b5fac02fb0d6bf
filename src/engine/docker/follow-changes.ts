// How often a container's changes are asked for while somebody follows them.
import { setTimeout as sleep } from 'node:timers/promises';
import { isPhylloError } from '../../lib/errors.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import { ContainerChanges, type ChangesSource } from './changes.ts';

const SHORTEST_MS = 500;
const LONGEST_MS = 4000;
/** The pause grows by this when nothing changed. */
const BACK_OFF = 1.25;
/** An answer that takes long is work for the engine: it is left alone for so many times as long. */
const REST = 3;

/** Ends when the container is removed or the signal fires. Throws `not-found` when it was not there to begin with. */
export async function* followChanges(source: ChangesSource, signal?: AbortSignal): AsyncGenerator<LiveLayer> {
  const changes = new ContainerChanges(source);
  let pauseMs = SHORTEST_MS;
  for (let isFirst = true; ; isFirst = false) {
    const startMs = performance.now();
    const live = await nextOrEnd(changes, { source, isFirst, signal });
    if (live === 'end') return;
    if (live !== undefined) yield live;
    pauseMs = live === undefined ? Math.min(LONGEST_MS, pauseMs * BACK_OFF) : SHORTEST_MS;
    const tookMs = performance.now() - startMs;
    if (!(await pause(Math.max(pauseMs, live === undefined ? tookMs * REST : pauseMs), signal))) return;
  }
}

async function nextOrEnd(
  changes: ContainerChanges,
  { source, isFirst, signal }: { source: ChangesSource; isFirst: boolean; signal: AbortSignal | undefined },
): Promise<LiveLayer | undefined | 'end'> {
  try {
    return await changes.next(signal);
  } catch (error) {
    if (isPhylloError(error, 'cancelled')) return 'end';
    if (isFirst || !(await isGone(source))) throw error;
    return 'end';
  }
}

/** While it is being removed an engine may fail in any way. */
async function isGone({ client, base }: ChangesSource): Promise<boolean> {
  try {
    const inspected = await client.fields({ path: `${base}/json`, doing: 'inspect container' });
    return inspected.fields('State').text('Status') === 'removing';
  } catch (error) {
    return isPhylloError(error, 'not-found');
  }
}

/** False when the signal fired. */
async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(durationMs, undefined, signal && { signal });
    return true;
  } catch {
    return false;
  }
}
