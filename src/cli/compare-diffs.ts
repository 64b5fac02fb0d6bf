// The texts of files that differ, as unified diffs. Bounded: nobody reads more.
import { type DiffLine, diffContents } from '../analysis/text-diff.ts';
import type { Comparison } from '../analysis/compare.ts';
import type { ExploredImage } from '../app/services.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { NodeFlag, NodeType } from '../tree/layer-tree.ts';
import type { SquashView } from '../tree/squash-view.ts';
import { Reason, Status } from '../tree/stack-index.ts';
import type { Colours } from './colour.ts';

const MAX_FILES = 1000;
const MAX_CHARACTERS = 32 * 1024 * 1024;

export interface FileDiff {
  /** In the comparison's list of files. */
  readonly index: number;
  readonly lines: readonly DiffLine[];
}

/** Of every regular file that both have with another content; ends with a note where there are too many. */
export async function fileDiffs(
  { files }: Comparison,
  a: ExploredImage,
  b: ExploredImage,
  signal: AbortSignal,
): Promise<{ readonly diffs: readonly FileDiff[]; readonly complete: boolean }> {
  const diffs: FileDiff[] = [];
  let characters = 0;
  for (let index = 0; index < files.status.length; index++) {
    if (files.status[index] !== Status.modified || (files.reason[index]! & Reason.content) === 0) continue;
    const placeA = placeOf(files.a, files.nodesA[index]!);
    const placeB = placeOf(files.b, files.nodesB[index]!);
    if (!placeA || !placeB) continue;
    if (diffs.length >= MAX_FILES || characters > MAX_CHARACTERS) return { diffs, complete: false };
    signal.throwIfAborted();
    const lines = await diffContents(
      await a.content(placeA.layer, placeA.node),
      await b.content(placeB.layer, placeB.node),
    );
    characters += lines.reduce((sum, { text }) => sum + text.length + 1, 0);
    diffs.push({ index, lines });
  }
  return { diffs, complete: true };
}

/** Undefined for what has no content. */
function placeOf({ stack, version }: SquashView, node: number): { layer: number; node: number } | undefined {
  const { layer, tree, node: entry } = stack.locateContent(version[node]!);
  const isFile = tree.type[entry] === NodeType.file && !tree.has(entry, NodeFlag.lowerTarget);
  return isFile ? { layer, node: entry } : undefined;
}

const SIGNS = { hunk: '', added: '+', removed: '-', same: ' ', note: '' } as const;

/** Raw text, not safe to show. */
export function diffText({ lines }: FileDiff): string {
  return lines.map(({ kind, text }) => `${SIGNS[kind]}${text}\n`).join('');
}

export function* diffLines({ files }: Comparison, diff: FileDiff, colours: Colours): Generator<string> {
  const path = safeBytes(files.a.stack.pathBytes(files.nodesA[diff.index]!));
  yield '';
  yield `--- a/${path}`;
  yield `+++ b/${path}`;
  for (const { kind, text } of diff.lines) {
    // Tabs keep their meaning.
    const safe = text.split('\t').map(safeText).join('\t');
    const line = `${SIGNS[kind]}${safe}`;
    if (kind === 'added' || kind === 'removed') yield colours[kind](line);
    else yield kind === 'same' ? line : colours.dim(line);
  }
}
