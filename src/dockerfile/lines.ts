// Lines of the file joined to logical lines, with the way back from an offset to its place in the file.
import type { Position, Range } from './instruction.ts';
import { withoutBreak } from './source.ts';

export class LogicalLine {
  /** Continuations joined. Blanks before the first word are gone, those at the start of a continued line are not. */
  readonly text: string;
  /** Comment lines right above, without `#`. */
  readonly comments: readonly string[];
  /** The first empty line inside. */
  readonly emptyLine: number | undefined;
  /** The file ends where the line says that it goes on. */
  readonly isCutOff: boolean;
  private readonly pieces: readonly Piece[];

  constructor(pieces: readonly Piece[], comments: readonly string[], ending: Ending) {
    this.text = pieces.map(({ text }) => text).join('');
    this.pieces = pieces;
    this.comments = comments;
    this.emptyLine = ending.emptyLine;
    this.isCutOff = ending.isCutOff;
  }

  /** Of the characters from offset `from` to before `to`. */
  range(from: number, to: number): Range {
    const start = this.place(from);
    if (to <= from) return { start, end: start };
    const last = this.place(to - 1);
    return { start, end: { line: last.line, column: last.column + 1 } };
  }

  private place(offset: number): Position {
    let [low, high] = [0, this.pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.pieces[low]!;
    return { line: piece.line, column: piece.column + Math.min(offset - piece.offset, piece.text.length) };
  }
}

interface Piece {
  /** In the logical line. */
  readonly offset: number;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

interface Ending {
  readonly emptyLine: number | undefined;
  readonly isCutOff: boolean;
}

export interface HeredocBody {
  /** As in the file. */
  readonly written: string;
  /** After the closing mark, or the end of the file. */
  readonly end: Position;
  readonly isClosed: boolean;
}

export class LineReader {
  private readonly lines: readonly string[];
  private readonly escape: string;
  private at: number;

  /** `first` is the number of lines to pass over. */
  constructor(lines: readonly string[], first: number, escape: string) {
    this.lines = lines;
    this.at = first;
    this.escape = escape;
  }

  /** The next line that is neither empty nor a comment, undefined at the end. */
  next(): LogicalLine | undefined {
    let comments: string[] = [];
    while (this.at < this.lines.length) {
      const line = withoutBreak(this.lines[this.at++]!);
      const text = line.trimStart();
      const comment = text.startsWith('#') ? text.slice(1).trim() : '';
      if (comment !== '') comments.push(comment);
      else if (text === '' || text.startsWith('#')) comments = [];
      else return this.join(text, line.length - text.length + 1, comments);
    }
    return undefined;
  }

  /** The lines up to one that is the delimiter alone. */
  heredoc(name: string, chomp: boolean): HeredocBody {
    const first = this.at;
    while (this.at < this.lines.length) {
      const line = withoutBreak(this.lines[this.at++]!);
      if ((chomp ? withoutTabs(line) : line) !== name) continue;
      const body = this.lines.slice(first, this.at - 1);
      const written = body.length === 0 ? '' : `${body.join('\n')}\n`;
      return { written, end: { line: this.at, column: line.length + 1 }, isClosed: true };
    }
    const last = withoutBreak(this.lines.at(-1) ?? '');
    const end = { line: this.lines.length, column: last.length + 1 };
    return { written: this.lines.slice(first).join('\n'), end, isClosed: false };
  }

  private join(text: string, column: number, comments: readonly string[]): LogicalLine {
    let content = withoutContinuation(text, this.escape);
    const pieces: Piece[] = [{ offset: 0, text: content ?? text, line: this.at, column }];
    let emptyLine: number | undefined;
    let offset = pieces[0]!.text.length;
    while (content !== undefined && this.at < this.lines.length) {
      const line = withoutBreak(this.lines[this.at++]!);
      const start = line.trimStart();
      if (start === '') emptyLine ??= this.at;
      if (start === '' || start.startsWith('#')) continue;
      content = withoutContinuation(line, this.escape);
      pieces.push({ offset, text: content ?? line, line: this.at, column: 1 });
      offset += pieces.at(-1)!.text.length;
    }
    return new LogicalLine(pieces, comments, { emptyLine, isCutOff: content !== undefined });
  }
}

/**
 * What stands before the escape character at the end of the line; undefined where there is none, or where another one
 * escapes it. Blanks after it do not count.
 */
function withoutContinuation(line: string, escape: string): string | undefined {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  if (line[end - 1] !== escape || line[end - 2] === escape) return undefined;
  return line.slice(0, end - 1);
}

export function withoutTabs(line: string): string {
  let start = 0;
  while (line[start] === '\t') start++;
  return line.slice(start);
}
