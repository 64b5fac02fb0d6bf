// Which words of an instruction are expanded, and the names in them that nobody gave a value.
import type { Instruction } from '../instruction.ts';
import { quoted } from '../report.ts';
import type { Findings } from './findings.ts';
import type { Reading, Scope } from './scope.ts';

/** ARG is not among them: its values see each other. */
export function checkVariables(instruction: Instruction, scope: Scope, findings: Findings): void {
  const unknown = new Set<string>();
  for (const { unknown: names } of readings(instruction, scope)) for (const name of names) unknown.add(name);
  reportUndefined(instruction, unknown, scope, findings);
}

/** Of a base that we do not know any name may come: then only those are told that look like a mistake. */
export function reportUndefined(
  instruction: Instruction,
  names: Iterable<string>,
  scope: Scope,
  findings: Findings,
): void {
  for (const name of names) {
    if (scope.isDeclared(name)) continue;
    const hint = hintFor(name, scope);
    if (hint === undefined && !scope.isComplete) continue;
    findings.add('UndefinedVar', instruction, `nothing above gives ${quoted(name)} a value`, {
      hint: hint ?? 'declare it with ARG or ENV',
    });
  }
}

function hintFor(name: string, scope: Scope): string | undefined {
  if (scope.file.globalNames.has(name)) return `repeat ARG ${name} in this stage`;
  const near = scope.suggestion(name);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function readings(instruction: Instruction, scope: Scope): readonly Reading[] {
  const words = expandedWords(instruction).map((word) => scope.word(word));
  if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') return words;
  const bodies = instruction.heredocs.filter(({ expand }) => expand).map(({ body }) => scope.heredoc(body));
  return [...words, ...bodies];
}

function expandedWords(instruction: Instruction): readonly string[] {
  switch (instruction.keyword) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.flatMap(({ key, value }) => [key, value]);
    case 'COPY':
    case 'ADD': {
      const { chown, chmod, checksum, sources, destination } = instruction;
      return [chown, chmod, checksum, ...sources, destination].filter((word) => word !== undefined);
    }
    case 'RUN':
      return instruction.mounts.flatMap(({ options }) =>
        options.filter(([name]) => name !== 'from').map(([, value]) => value),
      );
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
      return [instruction.value];
    case 'VOLUME':
      return instruction.values;
    default:
      return [];
  }
}
