// The unified diff of two versions of a file as lines. jsdiff's callback form gives way to the event loop between
// its steps; a difference that is too large to work out says so instead of taking for ever.
import { structuredPatch } from 'diff';
import type { FileContent } from '../tree/content.ts';
import { type FileText, readText } from './text-content.ts';

export interface DiffLine {
  readonly kind: 'hunk' | 'added' | 'removed' | 'same' | 'note';
  readonly text: string;
  readonly oldNumber?: number;
  readonly newNumber?: number;
}

const MAX_EDITS = 20_000;
const TIMEOUT_MS = 2000;
const CONTEXT_LINES = 3;

const NOTHING: FileText = { kind: 'text', lines: [], sizeBytes: 0, truncated: false };

/** Undefined is a file that is not there. Equal texts have no lines; what cannot be compared has a note. */
export async function diffContents(
  before: FileContent | undefined,
  after: FileContent | undefined,
): Promise<DiffLine[]> {
  const old = before ? await readText(before) : NOTHING;
  const young = after ? await readText(after) : NOTHING;
  if (old.kind === 'binary' || young.kind === 'binary') {
    const text = `binary content: ${old.sizeBytes} bytes before, ${young.sizeBytes} bytes after`;
    return [{ kind: 'note', text }];
  }
  const lines = await diffLines(old.lines, young.lines);
  const cut = old.truncated || young.truncated;
  return cut ? [{ kind: 'note', text: 'only the first 2 MB were compared' }, ...lines] : lines;
}

/** Lines are raw text, not yet safe to show. */
export async function diffLines(before: readonly string[], after: readonly string[]): Promise<DiffLine[]> {
  const patch = await patchOf(`${before.join('\n')}\n`, `${after.join('\n')}\n`);
  if (!patch) return [{ kind: 'note', text: 'the versions differ too much to be compared line by line' }];
  return patch.hunks.flatMap((hunk) => {
    let oldNumber = hunk.oldStart;
    let newNumber = hunk.newStart;
    const head = `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
    const lines = hunk.lines.map((line): DiffLine => {
      const text = line.slice(1);
      switch (line[0]) {
        case '+':
          return { kind: 'added', text, newNumber: newNumber++ };
        case '-':
          return { kind: 'removed', text, oldNumber: oldNumber++ };
        default:
          return { kind: 'same', text, oldNumber: oldNumber++, newNumber: newNumber++ };
      }
    });
    return [{ kind: 'hunk', text: head } as const, ...lines];
  });
}

type Patch = NonNullable<ReturnType<typeof structuredPatch>>;

function patchOf(before: string, after: string): Promise<Patch | undefined> {
  return new Promise((resolve) => {
    structuredPatch('', '', before, after, undefined, undefined, {
      context: CONTEXT_LINES,
      maxEditLength: MAX_EDITS,
      timeout: TIMEOUT_MS,
      callback: resolve,
    });
  });
}
