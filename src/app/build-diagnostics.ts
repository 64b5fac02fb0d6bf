// Everything that is to be said about the text of a Dockerfile.
import type { Diagnostic, Dockerfile } from '../dockerfile/instruction.ts';
import { lint } from '../dockerfile/lint/lint.ts';

/** By place. */
export function diagnosticsOf(source: string, file: Dockerfile): readonly Diagnostic[] {
  // Lint takes over what the parser found of its checks, so that they can be skipped like others.
  const found = [...file.diagnostics.filter(({ rule }) => rule === 'syntax'), ...lint(source, file)];
  return found.sort(
    ({ range: { start: a } }, { range: { start: b } }) => a.line - b.line || a.column - b.column,
  );
}
