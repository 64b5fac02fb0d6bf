// Short forms of what the parser gives, for tables.
import { parse } from '../../src/dockerfile/parse.ts';
import type { Diagnostic, Instruction } from '../../src/dockerfile/instruction.ts';

/** The last instruction of a Dockerfile with `line` under FROM. Fails the test for an error. */
export function instructionOf(line: string): Instruction {
  const { instructions, diagnostics } = parse(`FROM base\n${line}`);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(briefs(errors).join('\n'));
  return instructions.at(-1)!;
}

/** Without what every instruction has. */
export function fieldsOf(instruction: Instruction): Readonly<Record<string, unknown>> {
  const { range: _range, text: _text, flags: _flags, comments: _comments, ...fields } = instruction;
  return fields;
}

/** `2:5-2:9 error message (hint)`. */
export function briefs(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, rule, message, range: { start, end }, hint }) => {
    const place = `${start.line}:${start.column}-${end.line}:${end.column}`;
    const name = rule === 'syntax' ? severity : rule;
    return `${place} ${name} ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

export function briefsOf(text: string | Uint8Array): readonly string[] {
  return briefs(parse(text).diagnostics);
}

/** `2:1-4:4`. */
export function placeOf({ range: { start, end } }: Pick<Diagnostic, 'range'>): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}
