// What docker prints when images go, and how it asks before.
import { createInterface } from 'node:readline/promises';
import type { RemovedImage } from '../app/services.ts';
import { formatSize } from '../lib/units.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

export function removedLines({ untagged, deleted }: RemovedImage): string[] {
  return [...untagged.map((name) => `Untagged: ${name}`), ...deleted.map((digest) => `Deleted: ${digest}`)];
}

export async function printPruned(context: Context, removed: RemovedImage): Promise<void> {
  const lines = removedLines(removed);
  if (lines.length > 0) await context.out.lines(['Deleted Images:', ...lines, '']);
  await context.out.line(`Total reclaimed space: ${formatSize(removed.freedBytes)}`);
}

/** True for yes; `warning` may have several lines. Where nobody can be asked, --force has to be given. */
export async function confirm(context: Context, verb: string, warning: string): Promise<boolean> {
  const { stdin, stderr } = context.io;
  if (!stdin.isTTY) throw usageError(verb, 'there is no terminal to ask on; --force goes ahead without');
  for (const line of `WARNING! ${warning}`.split('\n')) await context.note(line);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question('Are you sure you want to continue? [y/N] ', {
      signal: context.signal,
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
