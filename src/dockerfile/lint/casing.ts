// Upper and lower case: of keywords, of `as`, of stage names.
import type { FromInstruction, Instruction, Range } from '../instruction.ts';
import { quoted } from '../report.ts';
import type { Findings } from './findings.ts';
import type { Stages } from './stages.ts';

export function checkCasing({ stages }: Stages, findings: Findings): void {
  const instructions = stages.flatMap(({ from, instructions }) => [from, ...instructions]);
  checkKeywords(instructions, findings);
  for (const { from } of stages) {
    checkAs(from, findings);
    checkStageName(from, findings);
  }
}

function checkKeywords(instructions: readonly Instruction[], findings: Findings): void {
  let lower = 0;
  let upper = 0;
  for (const instruction of instructions) {
    const keyword = writtenKeyword(instruction);
    if (keyword === keyword.toLowerCase()) lower++;
    else if (keyword === keyword.toUpperCase()) upper++;
  }
  const isLower = lower > upper;
  for (const instruction of instructions) {
    const keyword = writtenKeyword(instruction);
    const wanted = isLower ? keyword.toLowerCase() : keyword.toUpperCase();
    if (keyword === wanted) continue;
    const message = `the instruction ${keyword} is not in ${isLower ? 'lower' : 'upper'} case like most others`;
    const range = keywordRange(instruction, keyword);
    findings.add('ConsistentInstructionCasing', instruction, message, { range, hint: `write ${wanted}` });
  }
}

/** A keyword of mixed case is found by its own check. */
function checkAs(from: FromInstruction, findings: Findings): void {
  if (from.stageName === undefined) return;
  const keyword = writtenKeyword(from);
  const as = from.text.trim().split(/\s+/).at(-2) ?? '';
  const isLower = keyword === keyword.toLowerCase();
  if (!isLower && keyword !== keyword.toUpperCase()) return;
  const wanted = isLower ? 'as' : 'AS';
  if (as === wanted) return;
  findings.add('FromAsCasing', from, `${keyword} and ${as} differ in upper and lower case`, {
    hint: `write ${wanted}`,
  });
}

function checkStageName(from: FromInstruction, findings: Findings): void {
  const name = from.stageName;
  if (name === undefined || name === name.toLowerCase()) return;
  findings.add('StageNameCasing', from, `the stage name ${quoted(name)} has upper case letters`, {
    hint: `write ${name.toLowerCase()}`,
  });
}

function writtenKeyword({ text }: Instruction): string {
  return /^\s*(\S*)/.exec(text)![1]!;
}

function keywordRange({ range: { start } }: Instruction, keyword: string): Range {
  return { start, end: { line: start.line, column: start.column + keyword.length } };
}
