// Directories that have to be there before something can be put into them.
import { PhylloError } from '../../lib/errors.ts';
import type { FileFacts } from '../file-view.ts';
import type { PlannedTree } from './planned-tree.ts';
import { joinPath, partsOf, shownPath } from './raw-path.ts';
import type { Owner } from './request.ts';

const MADE_MODE = 0o755;
export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };

/**
 * Makes what is missing of a path without links. Throws `invalid-argument` where something else than a directory is in
 * the way.
 */
export function makeDirectories(
  tree: PlannedTree,
  path: string,
  { owner, seconds }: { readonly owner: Owner; readonly seconds: number },
): void {
  let at = '';
  for (const name of partsOf(path)) {
    at = joinPath(at, name);
    const facts = tree.lookup(at);
    if (facts === undefined) tree.put(at, { facts: madeFacts(owner, seconds) });
    else if (facts.type !== 'dir') throw noDirectory(at);
  }
}

function madeFacts({ uid, gid }: Owner, seconds: number): FileFacts {
  return { type: 'dir', mode: MADE_MODE, uid, gid, sizeBytes: 0, mtimeSeconds: seconds, mtimeNanos: 0 };
}

export function noDirectory(path: string): PhylloError {
  return new PhylloError('invalid-argument', `copy to ${shownPath(path)}: it is there and not a directory`);
}
