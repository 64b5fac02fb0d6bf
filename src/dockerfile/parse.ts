// Text to instructions. Never throws; reads on after an error, with the next instruction.
import { DEFAULT_DIRECTIVES, readDirectives } from './directives.ts';
import type { HeredocMark } from './heredoc.ts';
import type { Diagnostic, Dockerfile, Heredoc, Instruction, Position, Range } from './instruction.ts';
import { type ReadHeredoc, marksOf, readInstruction, triggerFault } from './instruction-reader.ts';
import { LineReader, type LogicalLine, withoutTabs } from './lines.ts';
import { Report, quoted } from './report.ts';
import { type SourceText, isTooLong, openSource } from './source.ts';
import { StageOrder } from './stage-order.ts';
import { type Statement, keywordRange, splitStatement } from './statement.ts';

const FILE_START: Position = { line: 1, column: 1 };

export function parse(text: string | Uint8Array): Dockerfile {
  const report = new Report();
  const source = openSource(text);
  if ('message' in source) {
    report.error(source.message, { start: source.place, end: source.place }, source.hint);
    return { directives: DEFAULT_DIRECTIVES, instructions: [], diagnostics: report.sorted() };
  }
  reportLongLines(source.lines, report);
  const { directives, lineCount } = readDirectives(source.lines, report);
  const reader = new StatementReader(source, lineCount, directives.escape, report);
  const order = new StageOrder(report);
  const instructions: Instruction[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    order.see(next.statement);
    if (next.instruction !== undefined) instructions.push(next.instruction);
  }
  order.finish();
  return { directives, instructions, diagnostics: report.sorted() };
}

/** A trigger that the config of a base image holds: one instruction, with its heredocs. */
export function parseTrigger(text: string): {
  readonly instruction?: Instruction;
  readonly diagnostics: readonly Diagnostic[];
} {
  const report = new Report();
  const source = openSource(text);
  if ('message' in source) {
    report.error(source.message, { start: source.place, end: source.place }, source.hint);
    return { diagnostics: report.sorted() };
  }
  reportLongLines(source.lines, report);
  const reader = new StatementReader(source, 0, DEFAULT_DIRECTIVES.escape, report);
  const first = reader.next();
  if (first === undefined) {
    report.error('the trigger is empty', { start: FILE_START, end: FILE_START });
    return { diagnostics: report.sorted() };
  }
  const fault = triggerFault(first.statement.name);
  if (fault !== undefined) report.error(fault, keywordRange(first.statement));
  const second = fault === undefined ? reader.next() : undefined;
  if (second !== undefined) report.error('a trigger is one instruction', keywordRange(second.statement));
  const isKept = fault === undefined && first.instruction !== undefined;
  return { ...(isKept && { instruction: first.instruction }), diagnostics: report.sorted() };
}

interface ReadStatement {
  readonly statement: Statement;
  readonly instruction: Instruction | undefined;
}

class StatementReader {
  private readonly lines: LineReader;
  private readonly isBroken: boolean;
  private readonly escape: string;
  private readonly report: Report;
  private previous = '';

  constructor(source: SourceText, firstLine: number, escape: string, report: Report) {
    this.lines = new LineReader(source.lines, firstLine, escape);
    this.isBroken = source.isBroken;
    this.escape = escape;
    this.report = report;
  }

  next(): ReadStatement | undefined {
    for (let line = this.lines.next(); line !== undefined; line = this.lines.next()) {
      this.reportEnding(line);
      if (line.text.trim() !== '') return this.read(line);
    }
    return undefined;
  }

  private read(line: LogicalLine): ReadStatement {
    const statement = splitStatement(line, 0, this.escape);
    const { heredocs, end } = this.readHeredocs(statement);
    if (this.isBroken) this.reportBroken(statement, heredocs);
    const context = { heredocs, end, comments: line.comments, previous: this.previous, report: this.report };
    this.previous = statement.name;
    return { statement, instruction: readInstruction(statement, context) };
  }

  private readHeredocs(statement: Statement): { heredocs: ReadHeredoc[]; end: Position } {
    const heredocs: ReadHeredoc[] = [];
    let { end } = statement.line.range(statement.keyword.from, statement.to);
    for (const mark of marksOf(statement)) {
      const body = this.lines.heredoc(mark.name, mark.chomp);
      const range = statement.line.range(mark.from, mark.to);
      heredocs.push({ heredoc: heredocOf(mark, body.written, range), mark });
      end = body.end;
      if (body.isClosed) continue;
      this.report.error(
        'unterminated heredoc',
        range,
        `close it with a line that is ${quoted(mark.name)} alone`,
      );
      break;
    }
    return { heredocs, end };
  }

  private reportEnding(line: LogicalLine): void {
    if (line.emptyLine !== undefined) {
      const place = { line: line.emptyLine, column: 1 };
      this.report.check('NoEmptyContinuation', 'Empty continuation line', { start: place, end: place });
    }
    if (line.isCutOff) {
      const range = line.range(0, line.text.length);
      this.report.warn(`nothing follows the ${this.escape} at the end of the file`, {
        start: range.end,
        end: range.end,
      });
    }
  }

  /** In a comment such bytes harm nobody. */
  private reportBroken(statement: Statement, heredocs: readonly ReadHeredoc[]): void {
    const { line } = statement;
    const at = line.text.indexOf('\ufffd');
    const inBody = heredocs.find(({ heredoc }) => heredoc.written.includes('\ufffd'));
    if (at < 0 && inBody === undefined) return;
    const range = at < 0 ? inBody!.heredoc.range : line.range(at, at + 1);
    this.report.error('a part of this is not UTF-8', range, 'save the file as UTF-8');
  }
}

function heredocOf(
  { name, isQuoted, chomp, fileDescriptor }: HeredocMark,
  written: string,
  range: Range,
): Heredoc {
  const body = chomp ? written.split('\n').map(withoutTabs).join('\n') : written;
  return { name, body, written, expand: !isQuoted, chomp, fileDescriptor, range };
}

function reportLongLines(lines: readonly string[], report: Report): void {
  for (const [index, text] of lines.entries()) {
    if (!isTooLong(text)) continue;
    const place = { line: index + 1, column: 1 };
    report.error(
      'the line is longer than 65535 bytes',
      { start: place, end: place },
      'split it with continuation lines',
    );
  }
}
