// Comments above ARG and FROM that describe them start with the name.
import type { ArgInstruction, FromInstruction } from '../instruction.ts';
import { quoted } from '../report.ts';
import type { Findings } from './findings.ts';
import { isCheckComment } from './options.ts';
import type { Stages } from './stages.ts';

export function checkDescriptions({ globals, stages }: Stages, findings: Findings): void {
  for (const instruction of globals) describe(instruction, argNames(instruction), findings);
  for (const { from, instructions } of stages) {
    if (from.stageName !== undefined) describe(from, [from.stageName.toLowerCase()], findings);
    for (const each of instructions) if (each.keyword === 'ARG') describe(each, argNames(each), findings);
  }
}

function argNames({ args }: ArgInstruction): readonly string[] {
  return args.map(({ name }) => name);
}

function describe(
  instruction: ArgInstruction | FromInstruction,
  names: readonly string[],
  findings: Findings,
): void {
  const comment = instruction.comments.at(-1);
  if (comment === undefined || isCheckComment(comment) || names.includes(comment.split(' ', 1)[0]!)) return;
  const name = names.length === 1 ? names[0]! : 'name';
  const message = `the comment above does not describe ${quoted(name)}`;
  const hint = `write # ${name} and what it is, or put an empty line below the comment`;
  findings.add('InvalidDefinitionDescription', instruction, message, { hint });
}
