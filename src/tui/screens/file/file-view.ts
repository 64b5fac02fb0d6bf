// The file view as one pane of rows; only those on screen are made.
import { displaySize } from '../../../lib/units.ts';
import { bodyBox } from '../../layout.ts';
import { hexRows } from '../../present/hex-rows.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { displayWidth, fit, sliceColumns } from '../../width.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { DiffLine } from './file-diff.ts';
import type { FileScreen } from './file-screen.ts';
import { displayLine } from './file-text.ts';
import type { Piece } from './highlight.ts';

/** Longer lines end here in the view; nobody scrolls sideways that far. */
const MAX_LINE_CHARACTERS = 4000;
/** Lines above the window that the colours are worked out with. */
const COLOUR_CONTEXT_LINES = 60;

export function fileScreenView(screen: FileScreen, { size, theme }: Viewport): ScreenView {
  const box = bodyBox(size);
  screen.height = innerHeight(box);
  screen.scrollTo(screen.top);
  const width = innerWidth(box);
  const pane = paneView(
    {
      id: 'file',
      box,
      title: `${screen.path}  ${screen.asDiff ? 'changes in' : 'at'} layer ${screen.stack.layers!.upto}`,
      note: noteText(screen),
      place: placeText(screen),
      focused: true,
      rows: bodyRows(screen, width, theme),
    },
    theme,
  );
  return { crumbs: ['images', screen.stack.title, screen.path], summary: '', panes: [pane] };
}

function noteText({ body }: FileScreen): string {
  switch (body.kind) {
    case 'text':
      return displaySize(body.sizeBytes) + (body.truncated ? ', the first 2 MB; x extracts all' : '');
    case 'hex':
      return `${displaySize(body.window.sizeBytes)}, bytes`;
    default:
      return '';
  }
}

function placeText(screen: FileScreen): string {
  const { lineCount, top, height, matches } = screen;
  if (lineCount === 0) return '';
  const found = screen.filterText === undefined ? '' : `${matches.length} lines match, `;
  const last = Math.min(lineCount, top + height);
  return `${found}${top + 1}-${last} of ${lineCount}`;
}

function bodyRows(screen: FileScreen, width: number, theme: Theme): string[] {
  const { body } = screen;
  switch (body.kind) {
    case 'loading':
      return [' reading …'];
    case 'failed':
      return errorRows(body.error, width - 2, theme).map((row) => ` ${row}`);
    case 'absent':
      return wrapText(
        'this path is no file at this layer; [ and ] step to others, } goes to the next that changed it',
        width - 2,
      ).map((row) => ` ${row}`);
    case 'text':
      return textRows(screen, body.lines, width, theme);
    case 'hex':
      return bytesRows(screen, width, theme);
    case 'diff':
      return diffRows(screen, body.lines, width, theme);
  }
}

function bytesRows(screen: FileScreen, width: number, theme: Theme): string[] {
  if (screen.body.kind !== 'hex') return [];
  const { window } = screen.body;
  if (window.sizeBytes === 0) return [' the file is empty'];
  const data = window.rows(screen.top, screen.height);
  if (window.problem !== undefined)
    return errorRows(window.problem, width - 2, theme).map((row) => ` ${row}`);
  return data ? hexRows(data, screen.top * 16, theme).map((row) => ` ${row}`) : [' reading …'];
}

// --------------------------------------------------------------------- text

function textRows(screen: FileScreen, lines: readonly string[], width: number, theme: Theme): string[] {
  if (lines.length === 0) return [' the file is empty'];
  const digits = String(lines.length).length;
  const room = width - digits - 2;
  const rows: string[] = [];
  const shown = colouredLines(screen, lines);
  for (let index = 0; index < shown.length && rows.length < screen.height; index++) {
    const number = screen.top + index;
    const text = paintLine(shown[index]!, isMatch(screen, number), theme);
    const gutter = (label: string): string => theme.lineNumber(fit(label, digits, { align: 'right' })) + '  ';
    sliceLine(screen, text, room).forEach((part, row) =>
      rows.push(gutter(row === 0 ? String(number + 1) : '') + part),
    );
  }
  return rows;
}

/** One row, or with wrapping as many as the line takes. */
function sliceLine({ wrap, left, height }: FileScreen, text: string, room: number): string[] {
  const width = displayWidth(text);
  if (!wrap) {
    const part = sliceColumns(text, left, left + room);
    return [width - left > room ? `${sliceColumns(text, left, left + room - 1)}›` : part];
  }
  const rows: string[] = [];
  for (let from = 0; (from < width || from === 0) && rows.length < height; from += room) {
    rows.push(sliceColumns(text, from, from + room));
  }
  return rows;
}

function isMatch(screen: FileScreen, line: number): boolean {
  return screen.filterText !== undefined && screen.matches.includes(line);
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

function diffRows(screen: FileScreen, lines: readonly DiffLine[], width: number, theme: Theme): string[] {
  const largest = lines.reduce((max, line) => Math.max(max, line.oldNumber ?? 0, line.newNumber ?? 0), 0);
  const digits = String(largest).length;
  const number = (value: number | undefined): string =>
    fit(value === undefined ? '' : String(value), digits, { align: 'right' });
  return lines.slice(screen.top, screen.top + screen.height).map((line) => {
    const text = displayLine(line.text, MAX_LINE_CHARACTERS);
    if (line.kind === 'hunk') return ` ${theme.diffHunk(text)}`;
    if (line.kind === 'note') return ` ${theme.muted(text)}`;
    const gutter = theme.lineNumber(`${number(line.oldNumber)} ${number(line.newNumber)} `);
    const painted = diffPaint(line.kind, theme)(`${SIGNS[line.kind]}${text}`);
    const room = width - 2 * digits - 2;
    return gutter + sliceColumns(painted, screen.left, screen.left + room);
  });
}

function diffPaint(kind: DiffLine['kind'], theme: Theme): (text: string) => string {
  if (kind === 'added') return theme.diffAdded;
  return kind === 'removed' ? theme.diffRemoved : theme.text;
}
