// The names in a directory, sorted by bytes. A million of them in one directory stop nothing else meanwhile.
import { opendirSync } from 'node:fs';
import type { Directory } from '../../layer/apply-directory.ts';

const READ_AT_ONCE = 512;
const SORT_AT_ONCE = 8192;
const MERGE_AT_ONCE = 4096;

/** One character a byte. `pause` is called often and may throw to end the work. */
export async function sortedNames(
  directory: Directory,
  pause: () => Promise<void> | undefined,
): Promise<string[]> {
  const runs: string[][] = [];
  let run: string[] = [];
  const handle = opendirSync(directory.inside, { encoding: 'latin1', bufferSize: READ_AT_ONCE });
  try {
    for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
      if (run.push(entry.name) < SORT_AT_ONCE) continue;
      runs.push(run.sort(byBytes));
      run = [];
      await pause();
    }
  } finally {
    handle.closeSync();
  }
  runs.push(run.sort(byBytes));
  return mergeRuns(runs, pause);
}

async function mergeRuns(runs: string[][], pause: () => Promise<void> | undefined): Promise<string[]> {
  let left = runs;
  while (left.length > 1) {
    const merged: string[][] = [];
    for (let index = 0; index < left.length; index += 2)
      merged.push(await mergeTwo(left[index]!, left[index + 1] ?? [], pause));
    left = merged;
  }
  return left[0]!;
}

async function mergeTwo(
  a: readonly string[],
  b: readonly string[],
  pause: () => Promise<void> | undefined,
): Promise<string[]> {
  const merged: string[] = [];
  for (let atA = 0, atB = 0; atA < a.length || atB < b.length;) {
    const takesA = atB >= b.length || (atA < a.length && a[atA]! < b[atB]!);
    const length = merged.push(takesA ? a[atA++]! : b[atB++]!);
    if (length % MERGE_AT_ONCE === 0) await pause();
  }
  return merged;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : 1;
}
