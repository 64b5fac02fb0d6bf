// What happened in the R/W layer from one moment to the next. Pure.
import { latin1 } from '../layer/apply-directory.ts';
import { NodeType } from '../tree/layer-tree.ts';
import type { LiveChange, LiveEvent } from './live-change.ts';

/** First what left the R/W layer, then what came or changed, in the order of `after`. `time` is RFC 3339. */
export function liveEvents(
  before: readonly LiveChange[],
  after: readonly LiveChange[],
  time: string,
): LiveEvent[] {
  const old = new Map(before.map((change) => [latin1(change.path), change]));
  const events: LiveEvent[] = [];
  for (const change of after) {
    const path = latin1(change.path);
    const action = actionOf(old.get(path), change);
    old.delete(path);
    if (action !== undefined) events.push({ time, action, change });
  }
  return [...Array.from(old.values(), (change) => ({ time, action: 'undo', change }) as const), ...events];
}

function actionOf(old: LiveChange | undefined, change: LiveChange): LiveEvent['action'] | undefined {
  if (old === undefined || old.kind !== change.kind || old.type !== change.type) return change.kind;
  if (change.type === NodeType.whiteout) return undefined;
  const isSame = old.sizeBytes === change.sizeBytes && old.stamp === change.stamp;
  return isSame ? undefined : 'write';
}
