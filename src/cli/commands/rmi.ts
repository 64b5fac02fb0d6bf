// phyllo rmi: what can be removed is, what cannot is told, and the exit code says whether all went.
import { isPhylloError } from '../../lib/errors.ts';
import type { Context } from '../context.ts';
import { removedLines } from '../removal.ts';
import { exitCodeOf, reportError } from '../report.ts';

interface RemoveOptions {
  readonly force?: boolean;
}

export async function run(
  context: Context,
  args: readonly string[],
  { force }: RemoveOptions,
): Promise<void> {
  const { images } = await context.services();
  for (const name of args) {
    context.signal.throwIfAborted();
    try {
      await context.out.lines(removedLines(await images.remove(name, { force })));
    } catch (error) {
      if (!isPhylloError(error)) throw error;
      if (force && error.code === 'not-found') continue;
      await reportError(error, context.io, false);
      context.exitCode = exitCodeOf(error);
    }
  }
}
