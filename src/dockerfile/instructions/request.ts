// What every reader of an instruction gets.
import type { Flags } from '../flags.ts';
import type { HeredocMark } from '../heredoc.ts';
import type { Heredoc, InstructionBase, Range } from '../instruction.ts';
import type { Report } from '../report.ts';
import type { Statement } from '../statement.ts';

export interface Request {
  readonly statement: Statement;
  readonly flags: Flags;
  readonly base: InstructionBase;
  readonly heredocs: readonly Heredoc[];
  /** Of `heredocs`, in the same order. */
  readonly marks: readonly HeredocMark[];
  readonly report: Report;
}

/** Of the arguments, or of the keyword where there are none. */
export function argumentsRange({ line, rest, restFrom, to, keyword }: Statement): Range {
  return rest === '' ? line.range(keyword.from, keyword.to) : line.range(restFrom, to);
}
