// Why a build cannot begin: the error, and every place of the Dockerfile that is wrong. Pure.
import type { Diagnostic } from '../../../dockerfile/instruction.ts';
import { isPhylloError } from '../../../lib/errors.ts';
import { safeText } from '../../../lib/text.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Theme } from '../../theme/theme.ts';
import { errorRows } from '../stack/stack-view.ts';

/** More than this nobody reads at once. */
const MAX_SHOWN = 50;

export function failureRows(error: unknown, width: number, theme: Theme): string[] {
  const rows = errorRows(error, width, theme);
  const diagnostics = diagnosticsOf(error);
  for (const { range, message, hint, severity } of diagnostics.slice(0, MAX_SHOWN)) {
    const { line, column } = range.start;
    const text = `line ${line}, column ${column}: ${safeText(message)}`;
    const paint = severity === 'error' ? theme.text : theme.muted;
    rows.push('', ...wrapText(severity === 'error' ? text : `warning: ${text}`, width).map(paint));
    if (hint !== undefined) rows.push(...wrapText(safeText(hint), width - 2).map((part) => `  ${part}`));
  }
  if (diagnostics.length > MAX_SHOWN) rows.push('', `and ${diagnostics.length - MAX_SHOWN} more`);
  return [...rows, '', "' edits the Dockerfile, & reads it again, esc goes back"];
}

/** Where the first error is that keeps the Dockerfile from being built; undefined without such. */
export function wrongLine(error: unknown): number | undefined {
  return diagnosticsOf(error).find(({ severity }) => severity === 'error')?.range.start.line;
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  const known = isPhylloError(error, 'invalid-dockerfile') ? error.data['diagnostics'] : undefined;
  return Array.isArray(known) ? known : [];
}
