// How the lint tests write a Dockerfile and what was found in it.
import type { Diagnostic } from '../../../src/dockerfile/instruction.ts';
import { type LintContext, lint } from '../../../src/dockerfile/lint/lint.ts';
import { parse } from '../../../src/dockerfile/parse.ts';

/** `|` ends a line. A file that the parser refuses is a mistake of the test. */
export function diagnose(lines: string, context?: LintContext): readonly Diagnostic[] {
  const source = lines.replaceAll('|', '\n');
  const file = parse(source);
  const faults = file.diagnostics.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('; '));
  return lint(source, file, context);
}

/** `line:Check` of each finding, separated by blanks. */
export function found(lines: string, context?: LintContext): string {
  return diagnose(lines, context)
    .map(({ range, rule }) => `${range.start.line}:${rule}`)
    .join(' ');
}
