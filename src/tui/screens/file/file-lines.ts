// Lines of a text and of a difference as rows; only those on screen are made.
import type { DiffLine } from '../../../analysis/text-diff.ts';
import type { Theme } from '../../theme/theme.ts';
import { breakColumns, displayWidth, fit, sliceColumns } from '../../width.ts';
import type { FileScreen } from './file-screen.ts';
import { displayLine } from './file-text.ts';
import type { Piece } from './highlight.ts';

/** Longer lines end here in the view; nobody scrolls sideways that far. */
const MAX_LINE_CHARACTERS = 4000;
/** Lines above the window that the colours are worked out with. */
const COLOUR_CONTEXT_LINES = 60;

// --------------------------------------------------------------------- text

export function textRows(
  screen: FileScreen,
  lines: readonly string[],
  width: number,
  theme: Theme,
): string[] {
  if (lines.length === 0) return [' the file is empty'];
  const digits = String(lines.length).length;
  const room = width - digits - 2;
  const rows: string[] = [];
  const shown = colouredLines(screen, lines);
  const found = new Set(screen.matches);
  for (let index = 0; index < shown.length && rows.length < screen.height; index++) {
    const number = screen.top + index;
    const text = paintLine(shown[index]!, found.has(number), theme);
    const mark = number === screen.match ? theme.mark('▸') : ' ';
    const gutter = (label: string): string =>
      theme.lineNumber(fit(label, digits, { align: 'right' })) + mark + ' ';
    const parts = screen.wraps ? breakColumns(text, room, screen.height) : [cutLine(text, screen.left, room)];
    parts.forEach((part, row) => rows.push(gutter(row === 0 ? String(number + 1) : '') + part));
  }
  return rows;
}

/** Columns from `left` on, with a mark at each end that has more. */
function cutLine(text: string, left: number, room: number): string {
  const width = displayWidth(text);
  const before = left > 0 && width > 0 ? '‹' : '';
  const after = width - left > room ? '›' : '';
  return before + sliceColumns(text, left + before.length, left + room - after.length) + after;
}

function colouredLines(screen: FileScreen, lines: readonly string[]): Piece[][] {
  const { top, height, highlighter } = screen;
  const safe = (line: string): string => displayLine(line, MAX_LINE_CHARACTERS);
  if (!highlighter)
    return lines.slice(top, top + height).map((line) => [{ text: safe(line), token: undefined }]);
  const from = Math.max(0, top - COLOUR_CONTEXT_LINES);
  return highlighter.highlight(lines.slice(from, top + height).map(safe)).slice(top - from);
}

function paintLine(pieces: readonly Piece[], matches: boolean, theme: Theme): string {
  if (matches) return theme.match(pieces.map(({ text }) => text).join(''));
  return pieces.map(({ text, token }) => (token === undefined ? text : theme[token](text))).join('');
}

// --------------------------------------------------------------------- diff

const SIGNS = { hunk: ' ', added: '+', removed: '-', same: ' ', note: ' ' } as const;

/** The part of it that is on screen, and what was found in it. */
export type DiffWindow = Pick<FileScreen, 'top' | 'left' | 'height' | 'matches' | 'match'>;

export function diffRows(
  screen: DiffWindow,
  lines: readonly DiffLine[],
  width: number,
  theme: Theme,
): string[] {
  const largest = lines.reduce((max, line) => Math.max(max, line.oldNumber ?? 0, line.newNumber ?? 0), 0);
  const digits = String(largest).length;
  const found = new Set(screen.matches);
  const number = (value: number | undefined): string =>
    fit(value === undefined ? '' : String(value), digits, { align: 'right' });
  return lines.slice(screen.top, screen.top + screen.height).map((line, index) => {
    const text = displayLine(line.text, MAX_LINE_CHARACTERS);
    if (line.kind === 'hunk') return ` ${theme.diffHunk(text)}`;
    if (line.kind === 'note') return ` ${theme.muted(text)}`;
    const at = screen.top + index;
    const mark = at === screen.match ? theme.mark('▸') : ' ';
    const gutter = theme.lineNumber(`${number(line.oldNumber)} ${number(line.newNumber)}`) + mark;
    const paint = found.has(at) ? theme.match : diffPaint(line.kind, theme);
    const painted = paint(`${SIGNS[line.kind]}${text}`);
    return gutter + cutLine(painted, screen.left, width - 2 * digits - 2);
  });
}

function diffPaint(kind: DiffLine['kind'], theme: Theme): (text: string) => string {
  if (kind === 'added') return theme.diffAdded;
  return kind === 'removed' ? theme.diffRemoved : theme.text;
}
