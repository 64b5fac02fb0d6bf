// One statement to one instruction.
import { type Flags, readFlags } from './flags.ts';
import { type HeredocMark, findMarks } from './heredoc.ts';
import type { Heredoc, Instruction, OnbuildInstruction, Position } from './instruction.ts';
import { readCommand, readHealthcheck } from './instructions/command.ts';
import { readCopy } from './instructions/copy.ts';
import { type Request, argumentsRange } from './instructions/request.ts';
import { readRun } from './instructions/run.ts';
import {
  readArg,
  readExpose,
  readFrom,
  readPairs,
  readShell,
  readValue,
  readVolume,
} from './instructions/words.ts';
import { readJsonForm } from './json-form.ts';
import { type Report, quoted } from './report.ts';
import { type Statement, keywordRange, splitStatement } from './statement.ts';

type Reader = (request: Request) => Instruction | undefined;

const READERS = new Map<string, Reader>([
  ['FROM', readFrom],
  ['ARG', readArg],
  ['ENV', readPairs],
  ['LABEL', readPairs],
  ['RUN', readRun],
  ['COPY', readCopy],
  ['ADD', readCopy],
  ['WORKDIR', readValue],
  ['USER', readValue],
  ['STOPSIGNAL', readValue],
  ['MAINTAINER', readValue],
  ['VOLUME', readVolume],
  ['EXPOSE', readExpose],
  ['SHELL', readShell],
  ['CMD', readCommand],
  ['ENTRYPOINT', readCommand],
  ['HEALTHCHECK', readHealthcheck],
  ['ONBUILD', readOnbuild],
]);
const WITH_HEREDOCS = new Set(['RUN', 'COPY', 'ADD']);

export interface ReadHeredoc {
  readonly heredoc: Heredoc;
  readonly mark: HeredocMark;
}

export interface StatementContext {
  readonly heredocs: readonly ReadHeredoc[];
  readonly comments: readonly string[];
  /** Name of the statement before, empty for the first one. */
  readonly previous: string;
  /** After the last heredoc, or after the line. */
  readonly end: Position;
  readonly report: Report;
}

/** Marks whose bodies follow the line. */
export function marksOf(statement: Statement): readonly HeredocMark[] {
  const keyword = statement.meant;
  if (keyword === 'ONBUILD' && statement.rest !== '') {
    const inner = nested(statement);
    return inner.meant === 'ONBUILD' ? [] : marksOf(inner);
  }
  if (keyword === undefined || !WITH_HEREDOCS.has(keyword) || !statement.line.text.includes('<<')) return [];
  return readJsonForm(statement.rest).kind === 'strings' ? [] : findMarks(statement.line.text);
}

/** Undefined for what could not be understood; why is in the report. */
export function readInstruction(statement: Statement, context: StatementContext): Instruction | undefined {
  const { report, comments, end } = context;
  const { line, keyword } = statement;
  const reader = READERS.get(statement.name);
  const start = keywordRange(statement);
  if (reader === undefined) {
    const hint = unknownHint(statement.meant, context.previous, statement.escape);
    report.error(`unknown instruction: ${quoted(keyword.text).slice(1, -1)}`, start, hint);
    return undefined;
  }
  const flags: Flags = readFlags(statement, report);
  return reader({
    statement,
    flags,
    base: {
      range: { start: start.start, end },
      text: line.text.slice(keyword.from, statement.to),
      flags: flags.list,
      comments,
    },
    heredocs: context.heredocs.map(({ heredoc }) => heredoc),
    marks: context.heredocs.map(({ mark }) => mark),
    report,
  });
}

function unknownHint(meant: string | undefined, previous: string, escape: string): string | undefined {
  if (meant !== undefined) return `did you mean ${meant}?`;
  return previous === 'RUN' ? `to go on with RUN, end the line above with ${escape}` : undefined;
}

/** Why an instruction cannot be a trigger. */
export function triggerFault(keyword: string): string | undefined {
  if (keyword === 'ONBUILD') return 'ONBUILD cannot be the trigger of another ONBUILD';
  return keyword === 'FROM' || keyword === 'MAINTAINER'
    ? `${keyword} cannot be a trigger of ONBUILD`
    : undefined;
}

function readOnbuild({ statement, base, heredocs, marks, report }: Request): OnbuildInstruction | undefined {
  if (statement.rest === '') {
    report.error('ONBUILD requires at least one argument', argumentsRange(statement));
    return undefined;
  }
  const inner = nested(statement);
  const fault = triggerFault(inner.name);
  if (fault !== undefined) {
    report.error(fault, keywordRange(inner));
    return undefined;
  }
  const instruction = readInstruction(inner, {
    heredocs: heredocs.map((heredoc, index) => ({ heredoc, mark: marks[index]! })),
    comments: [],
    previous: '',
    end: base.range.end,
    report,
  });
  if (instruction === undefined) return undefined;
  const bodies = heredocs.map(({ written, name }) => `\n${written}${name}`);
  const line = statement.line.text.slice(statement.restFrom);
  return { ...base, keyword: 'ONBUILD', trigger: line + bodies.join(''), instruction };
}

function nested({ line, restFrom, escape }: Statement): Statement {
  return splitStatement(line, restFrom, escape);
}
