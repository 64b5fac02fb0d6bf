// Verbs that take several containers: one that fails is told of, and the others still get their turn.
import { toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Context } from './context.ts';
import { exitCodeOf, reportError } from './report.ts';

/** Prints each name when its work is done, as docker does, or what the work gave; null prints nothing. */
export async function forEach(
  context: Context,
  names: readonly string[],
  work: (name: string) => Promise<string | null | void>,
): Promise<void> {
  for (const name of names) {
    try {
      const printed = await work(name);
      if (printed !== null) await context.out.line(safeText(printed ?? name));
    } catch (error) {
      const problem = toPhylloError(error, `use container ${safeText(name)}`);
      if (problem.code === 'cancelled') throw problem;
      await reportError(problem, context.io, false);
      context.exitCode = exitCodeOf(problem, context.exitCodes);
    }
  }
}
