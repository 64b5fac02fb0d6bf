// COPY and ADD as a plan: the entries of the new layer, from the sources and the file system so far. Nothing is unpacked on
// the way, no privilege is needed.
import { setImmediate } from 'node:timers/promises';
import { PhylloError } from '../../lib/errors.ts';
import type { TarMember } from '../../layer/tar-writer.ts';
import type { FileView } from '../file-view.ts';
import { isArchive } from './archive.ts';
import { Copier } from './copier.ts';
import { readMembers } from './members.ts';
import { EMPTY_VIEW, PlannedTree } from './planned-tree.ts';
import type { CopyRequest } from './request.ts';
import { type Match, type Selection, selectSources, selectionWarnings } from './select.ts';
import { unpack } from './unpack.ts';

export interface CopyPlan {
  /** To be read once, in order; see `readMembers`. Empty where nothing was selected. */
  readonly members: AsyncIterable<TarMember>;
  /** One line each, safe to show. */
  readonly warnings: readonly string[];
}

/** Others get a turn after so many files. */
const FILES_BETWEEN_PAUSES = 2048;

/**
 * Throws `not-found` for a source that is not there, `invalid-argument` for what cannot be put where it should go,
 * `unsupported` for archives that are not read, `cancelled`.
 */
export async function planCopy(
  request: CopyRequest,
  target: FileView,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<CopyPlan> {
  const selections = selectSources(request);
  // BuildKit does without the link where modes are to be changed.
  const isLinked = request.link && request.mode === undefined;
  const copier = new Copier(new PlannedTree(isLinked ? EMPTY_VIEW : target), request);
  const pause = pauses(signal);
  for (const selection of selections) {
    for (const match of selection.matches) {
      for await (const _ of take(copier, selection, match, request)) if (pause.isDue()) await pause.take();
    }
  }
  for (const file of request.files) copier.copyInline(file);
  return {
    members: readMembers(copier.tree, signal),
    warnings: [...selectionWarnings(selections), ...copier.warnings.lines()],
  };
}

async function* take(
  copier: Copier,
  selection: Selection,
  match: Match,
  { owner, createdSeconds }: CopyRequest,
): AsyncGenerator<void> {
  const { from } = selection;
  const archive = { source: from.source, path: match.place };
  const isUnpacked = from.unpacks && match.facts.type === 'file' && (await isArchive(archive));
  if (isUnpacked) yield* unpack(copier.tree, copier.openDirectory(), archive, { owner, createdSeconds });
  else yield* copier.copy(selection, match);
}

interface Pauses {
  isDue(): boolean;
  take(): Promise<void>;
}

function pauses(signal: AbortSignal | undefined): Pauses {
  let files = 0;
  return {
    isDue: () => files++ % FILES_BETWEEN_PAUSES === 0,
    take: async () => {
      await setImmediate();
      if (signal?.aborted) throw new PhylloError('cancelled', 'copy: cancelled');
    },
  };
}
