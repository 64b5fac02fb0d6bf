// Which nodes of a file table are left out.
import type { IgnorePatterns, IgnoreState } from '../../dockerfile/ignore.ts';
import { Breath } from '../../snapshot/upper-breath.ts';
import { refuseCancelled } from './context-options.ts';
import type { FileTable } from './file-table.ts';

/** 1 for a node that is left out; a directory of which something may be kept says nothing of what is in it. Throws `cancelled`. */
export async function ignoredNodes(
  table: FileTable,
  ignore: IgnorePatterns,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const breath = new Breath();
  const leftOut = new Uint8Array(table.count);
  /** Of directories that something may be kept of. */
  const states = new Map<number, IgnoreState>([[0, ignore.root]]);
  for (let node = 1; node < table.count; node++) {
    refuseCancelled(signal);
    if (breath.isDue) await breath.take();
    const parent = states.get(table.parent(node));
    const state = parent && ignore.descend(parent, table.name(node));
    leftOut[node] = state === undefined || state.isIgnored ? 1 : 0;
    if (state?.mayContain === true && table.type(node) === 'dir') states.set(node, state);
  }
  return leftOut;
}
