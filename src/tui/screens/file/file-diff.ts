// The unified diff of two versions of a file as lines. jsdiff's callback form gives way to the event loop between
// its steps; a difference that is too large to work out says so instead of taking for ever.
import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly kind: 'hunk' | 'added' | 'removed' | 'same' | 'note';
  readonly text: string;
  readonly oldNumber?: number;
  readonly newNumber?: number;
}

const MAX_EDITS = 20_000;
const TIMEOUT_MS = 2000;
const CONTEXT_LINES = 3;

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
