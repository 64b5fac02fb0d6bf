// What a played container has written, as the live layer of a real stack.
import type { LiveStack } from '../../src/app/container-services.ts';
import type { LiveChange, LiveEvent, LiveTotals } from '../../src/snapshot/live-change.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { SquashView, contentBytes } from '../../src/tree/squash-view.ts';
import { ABSENT, type StackIndex } from '../../src/tree/stack-index.ts';

/** When everything happens. */
export const TIME = '2026-11-25T11:00:00Z';

/** `tree` is the layer of its own, over `base`; `before` is the moment that it followed. */
export function momentOf(
  base: readonly LayerTree[],
  tree: LayerTree,
  before: LiveStack | undefined,
): LiveStack {
  const stack = mergeLayers([...base, tree]);
  const changes = changesOf(mergeLayers(base), tree);
  const events = before ? eventsBetween(before.changes, changes) : [];
  const live = { tree, changedBytes: new Map<number, number>(), movedFrom: new Map<number, Uint8Array>() };
  return { stack, live, changes, events, totals: totalsOf(changes) };
}

function changesOf(base: StackIndex, tree: LayerTree): LiveChange[] {
  const view = new SquashView(base);
  const changes: LiveChange[] = [];
  for (let node = 1; node < tree.count; node++) {
    if (tree.has(node, NodeFlag.implicit)) continue;
    const path = tree.pathBytes(node);
    const below = base.find(path);
    const version = below < 0 ? ABSENT : view.version[below]!;
    const isWhiteout = tree.type[node] === NodeType.whiteout;
    const from = version === ABSENT ? {} : { fromLayer: base.layerOf(version) };
    const old = version === ABSENT ? 0 : contentBytes(base, version);
    changes.push({
      path,
      node,
      type: tree.type[node] as LiveChange['type'],
      kind: isWhiteout ? 'whiteout' : version === ABSENT ? 'add' : 'copy-up',
      sizeBytes: tree.sizeBytes[node]!,
      changedBytes: Math.abs(tree.sizeBytes[node]! - old),
      ...from,
      ...(!isWhiteout && version !== ABSENT && { because: 'write' as const }),
      stamp: String(tree.sizeBytes[node]),
    });
  }
  return changes;
}

function eventsBetween(before: readonly LiveChange[], after: readonly LiveChange[]): LiveEvent[] {
  const key = ({ path }: LiveChange): string => Buffer.from(path).toString('latin1');
  const old = new Map(before.map((change) => [key(change), change]));
  const events: LiveEvent[] = [];
  for (const change of after) {
    const was = old.get(key(change));
    old.delete(key(change));
    if (!was) events.push({ time: TIME, action: change.kind, change });
    else if (was.stamp !== change.stamp) events.push({ time: TIME, action: 'write', change });
  }
  for (const change of old.values()) events.push({ time: TIME, action: 'undo', change });
  return events;
}

function totalsOf(changes: readonly LiveChange[]): LiveTotals {
  const count = (kind: LiveChange['kind']): number => changes.filter((change) => change.kind === kind).length;
  const sizeBytes = changes.reduce((sum, change) => sum + change.sizeBytes, 0);
  const changedBytes = changes.reduce((sum, change) => sum + change.changedBytes, 0);
  return {
    added: count('add'),
    copiedUp: count('copy-up'),
    whiteouts: count('whiteout'),
    sizeBytes,
    changedBytes,
    unchangedBytes: Math.max(0, sizeBytes - changedBytes),
  };
}
