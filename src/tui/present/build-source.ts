// Rows of a Dockerfile with what a build has made of each instruction in the gutter. Only those on screen are made. Pure.
import type { Dockerfile, Heredoc } from '../../dockerfile/instruction.ts';
import { safeText } from '../../lib/text.ts';
import { GUTTER, GUTTER_NONE, MARKED } from '../theme/glyphs.ts';
import type { Theme, Token } from '../theme/theme.ts';
import { fit } from '../width.ts';

const TAB_COLUMNS = 4;

export const LineKind = { other: 0, instruction: 1, comment: 2, heredoc: 3 } as const;

/** By line, from 0: what it is for the colours. */
export function lineKinds(lines: readonly string[], { instructions }: Dockerfile): Uint8Array {
  const kinds = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (/^\s*#/.test(line)) kinds[at] = LineKind.comment;
  });
  for (const instruction of instructions) {
    const { start, end } = instruction.range;
    kinds[start.line - 1] = LineKind.instruction;
    if ('heredocs' in instruction)
      kinds.fill(LineKind.heredoc, end.line - bodyLines(instruction.heredocs), end.line);
  }
  return kinds;
}

/** Bodies are the last lines of their instruction, each with the line that ends it. */
function bodyLines(heredocs: readonly Heredoc[]): number {
  return heredocs.reduce((sum, { body }) => sum + body.split('\n').length, 0);
}

/** What stands in the gutter beside a line. */
export interface LineMarks {
  readonly breakpoint: boolean;
  /** Marked for a comparison. */
  readonly marked: boolean;
  /** At most two columns wide. */
  readonly state: string;
  readonly token: Token;
  /** It belongs to the step that is looked at. */
  readonly lit: boolean;
}

export const NO_MARKS: LineMarks = { breakpoint: false, marked: false, state: '', token: 'text', lit: false };

export interface SourceRow {
  readonly line: string;
  readonly number: number;
  readonly kind: number;
  readonly marks: LineMarks;
  readonly isCurrent: boolean;
}

export interface SourceRowOptions {
  readonly width: number;
  readonly focused: boolean;
  /** Columns of the largest line number. */
  readonly digits: number;
}

export function sourceRow(
  row: SourceRow,
  { width, focused, digits }: SourceRowOptions,
  theme: Theme,
): string {
  const { marks, isCurrent } = row;
  const first = marks.breakpoint ? MARKED : marks.marked ? '◆' : ' ';
  const state = fit(marks.state, 2);
  const number = fit(String(row.number), digits, { align: 'right' });
  const bar = marks.lit ? '┃' : ' ';
  const text = displayed(row.line, width);
  if (isCurrent) {
    const paint = focused ? theme.selection : theme.selectionIdle;
    return paint(fit(`${GUTTER}${first}${state}${number} ${bar}${text}`, width));
  }
  const paintNumber = marks.lit ? theme.accent : theme.lineNumber;
  const gutter = theme[marks.breakpoint ? 'error' : 'mark'](first) + theme[marks.token](state);
  const code = coloured(text, row.kind, theme);
  return fit(
    `${GUTTER_NONE}${gutter}${paintNumber(number)} ${theme.accent(bar)}${marks.lit ? theme.title(code) : code}`,
    width,
  );
}

/** What of a line can be seen at all: the work on it is bounded by the screen, not by the file. */
function displayed(line: string, width: number): string {
  const cut = line.length > width * 2 ? line.slice(0, width * 2).toWellFormed() : line;
  return safeText(expandTabs(cut.endsWith('\r') ? cut.slice(0, -1) : cut));
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  return line
    .split('\t')
    .reduce((text, part) => text + ' '.repeat(TAB_COLUMNS - (text.length % TAB_COLUMNS)) + part);
}

const PIECES = /(--[\w-]+(?=[=\s]|$))|("(?:[^"\\]|\\.)*"|'[^']*')|(\$\{?\w+)/g;

function coloured(text: string, kind: number, theme: Theme): string {
  if (kind === LineKind.comment) return theme.syntaxComment(text);
  if (kind === LineKind.heredoc) return theme.syntaxString(text);
  const [keyword] = kind === LineKind.instruction ? (/^\s*\w+/.exec(text) ?? ['']) : [''];
  const rest = text.slice(keyword.length).replace(PIECES, (piece, flag, quoted) => {
    if (flag !== undefined) return theme.syntaxName(piece);
    return quoted !== undefined ? theme.syntaxString(piece) : theme.syntaxNumber(piece);
  });
  return theme.syntaxKeyword(keyword) + rest;
}
