// `inspect`: one document for each name; what cannot be found is told of, and the rest is printed.
import { isPhylloError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { parseTemplate } from './go-template.ts';
import { safeJson } from './json.ts';
import { exitCodeOf, reportError } from './report.ts';

const INDENT = 4;

export async function printDocuments(
  context: Context,
  names: readonly string[],
  format: string | undefined,
  documentOf: (name: string) => Promise<object>,
): Promise<void> {
  const template = format === undefined || format === 'json' ? undefined : parseTemplate(format);
  const found: object[] = [];
  for (const name of names) {
    try {
      found.push(await documentOf(name));
    } catch (error) {
      if (!isPhylloError(error) || error.code === 'cancelled') throw error;
      await reportError(error, context.io, false);
      context.exitCode = exitCodeOf(error, context.exitCodes);
    }
  }
  if (template) return context.out.lines(found.map(template));
  await context.out.line(safeJson(found, format === 'json' ? undefined : INDENT));
}
