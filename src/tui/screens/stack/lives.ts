// From a path at a layer to the layers where its life began and ended.
import { ABSENT, Status } from '../../../tree/stack-index.ts';
import type { FilesPane } from './files.ts';

/** The next layer above that changed or deleted what is visible here; of what is deleted here there is none. */
export function killerOf({ stack, view }: FilesPane, node: number): number | undefined {
  const version = view.version[node]!;
  if (version === ABSENT) return undefined;
  for (let layer = view.upto + 1; layer < stack.layerCount; layer++) {
    const index = stack.changeOf(layer, node);
    if (index >= 0 && stack.changes(layer).before[index] === version) return layer;
  }
  return undefined;
}

/** The layer that wrote what is visible here; of what this layer changed or deleted, what was there before. */
export function makerOf({ stack, view, facts, lens }: FilesPane, node: number): number | undefined {
  const status = facts.statusOf(node);
  const isEnd = status === Status.removed || status === Status.modified;
  const version = isEnd ? lens.delta.before[lens.changeOf(node)]! : view.version[node]!;
  return version === ABSENT ? undefined : stack.layerOf(version);
}
