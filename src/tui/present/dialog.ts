// A dialog as a box of rows over the screen. Pure.
import { safeText } from '../../lib/text.ts';
import { type Dialog, type HelpLine, foundActions } from '../dialogs.ts';
import type { ActionRow } from '../keymap/present.ts';
import type { ListPlace } from '../list-place.ts';
import type { Box, PaneView } from '../screen.ts';
import { errorRows } from '../screens/stack/stack-view.ts';
import type { TerminalSize } from '../terminal/size.ts';
import { GUTTER, GUTTER_NONE } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { displayWidth, fit } from '../width.ts';
import { innerWidth, paneView } from './pane.ts';
import { wrapText } from './wrap.ts';

const MAX_WIDTH = 100;
/** Panes begin in even columns, dialogs in odd ones: two rows cannot have their mark in one place. */
const odd = (column: number): number => column | 1;
/** Rows of the palette's text line and the rule below it. */
const PALETTE_HEAD = 2;

/** Rows that a dialog's list has on screen. */
export function dialogHeight(dialog: Dialog, size: TerminalSize): number {
  return Math.max(1, listBox(size).height - 2 - (dialog.kind === 'palette' ? PALETTE_HEAD : 0));
}

/** Where lists lie: over most of the body. */
function listBox({ columns, rows }: TerminalSize): Box {
  const width = Math.min(MAX_WIDTH, columns - 4);
  const height = Math.max(3, rows - 4);
  return { x: odd((columns - width) >> 1), y: 2, width, height };
}

/** A box of `rows` rows, a little above the middle. */
function smallBox({ columns, rows }: TerminalSize, height: number): Box {
  const width = smallWidth({ columns, rows });
  const wanted = Math.min(height + 2, rows - 2);
  return {
    x: odd((columns - width) >> 1),
    y: Math.max(1, Math.floor((rows - wanted) / 3)),
    width,
    height: wanted,
  };
}

function smallWidth({ columns }: TerminalSize): number {
  return Math.min(76, columns - 4);
}

/** Undefined for the filter, which lies in the footer. */
export function dialogView(dialog: Dialog, size: TerminalSize, theme: Theme): PaneView | undefined {
  switch (dialog.kind) {
    case 'filter':
    case 'prompt':
      return undefined;
    case 'confirm':
      return confirmView(dialog, size, theme);
    case 'error':
      return readView('It did not work', errorRows(dialog.error, smallWidth(size) - 4, theme), size, theme);
    case 'notes':
      return readView(dialog.title, noteRows(dialog.lines, smallWidth(size) - 4), size, theme);
    case 'help':
      return helpView(dialog, size, theme);
    case 'choice':
      return choiceView(dialog, size, theme);
    case 'palette':
      return paletteView(dialog, size, theme);
  }
}

type Of<Kind extends Dialog['kind']> = Extract<Dialog, { kind: Kind }>;

function confirmView({ question }: Of<'confirm'>, size: TerminalSize, theme: Theme): PaneView {
  const lines = [
    ...wrapText(safeText(question), smallWidth(size) - 4),
    '',
    `${theme.key('y')} yes   ${theme.key('n')} no`,
  ];
  const box = smallBox(size, lines.length);
  return paneView({ id: 'dialog', box, title: 'Sure?', focused: true, rows: indented(lines) }, theme);
}

function readView(title: string, lines: readonly string[], size: TerminalSize, theme: Theme): PaneView {
  const box = smallBox(size, lines.length);
  const content = { id: 'dialog', box, title, place: 'esc closes', focused: true };
  return paneView({ ...content, rows: indented(lines) }, theme);
}

function noteRows(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => wrapText(line, width));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => ` ${line}`);
}

function helpView({ rows, place }: Of<'help'>, size: TerminalSize, theme: Theme): PaneView {
  const box = listBox(size);
  const width = innerWidth(box);
  const keyColumns = rows.reduce(
    (max, line) => Math.max(max, line.kind === 'action' ? displayWidth(line.row.keys) : 0),
    0,
  );
  const shown = windowOf(rows, place, box).map((line, index) => {
    const text = helpLine(line, keyColumns, theme);
    return cursorRow(text, place.top + index === place.cursor, width, theme);
  });
  return paneView(
    { id: 'dialog', box, title: 'Keys', place: 'esc closes', focused: true, rows: shown },
    theme,
  );
}

function helpLine(line: HelpLine, keyColumns: number, theme: Theme): string {
  if (line.kind === 'group') return theme.title(line.title);
  const { keys, title, disabled } = line.row;
  const why = disabled === undefined ? '' : theme.muted(`  (${disabled})`);
  return `  ${theme.key(fit(keys, keyColumns))}  ${title}${why}`;
}

function choiceView({ request, place }: Of<'choice'>, size: TerminalSize, theme: Theme): PaneView {
  const full = listBox(size);
  const rows = request.rows(innerWidth(full) - 1, theme);
  const box = { ...full, height: Math.min(full.height, Math.max(3, rows.length + 2)) };
  const width = innerWidth(box);
  const shown = windowOf(rows, place, box).map((row, index) => {
    return cursorRow(row, place.top + index === place.cursor, width, theme);
  });
  return paneView(
    {
      id: 'dialog',
      box,
      title: request.title,
      place: '⏎ goes there, esc closes',
      focused: true,
      rows: shown,
    },
    theme,
  );
}

function paletteView({ rows, field, place }: Of<'palette'>, size: TerminalSize, theme: Theme): PaneView {
  const box = listBox(size);
  const width = innerWidth(box);
  const found = foundActions(rows, field.text);
  const list = found.slice(
    place.top,
    place.top + dialogHeight({ kind: 'palette', rows, field, place }, size),
  );
  const lines = list.map((row, index) =>
    cursorRow(actionLine(row, width - 1, theme), place.top + index === place.cursor, width, theme),
  );
  const head = [` ${theme.key(':')} ${safeText(field.text)}`, theme.border('─'.repeat(width))];
  const body = found.length === 0 ? [' no such command'] : lines;
  return paneView(
    {
      id: 'dialog',
      box,
      title: 'Commands',
      place: '⏎ runs, esc closes',
      focused: true,
      rows: [...head, ...body],
    },
    theme,
  );
}

function actionLine({ title, keys, id, disabled }: ActionRow, width: number, theme: Theme): string {
  const right = disabled === undefined ? `${theme.key(keys)}  ${theme.muted(id)}` : theme.muted(disabled);
  const room = Math.max(8, width - displayWidth(right) - 2);
  return `${fit(disabled === undefined ? title : theme.muted(title), room)}  ${right}`;
}

function windowOf<Row>(rows: readonly Row[], { top }: ListPlace, { height }: Box): readonly Row[] {
  return rows.slice(top, top + height - 2);
}

/** The row under the cursor is inverse; colours inside would break that up, so it goes without them. */
function cursorRow(text: string, isCurrent: boolean, width: number, theme: Theme): string {
  if (!isCurrent) return fit(GUTTER_NONE + text, width);
  return theme.selection(fit(GUTTER + plain(text), width));
}

function plain(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, '');
}

/** Where the caret stands in the palette. */
export function paletteCaret(
  field: { text: string; caret: number },
  size: TerminalSize,
): { row: number; column: number } {
  const box = listBox(size);
  return { row: box.y + 1, column: box.x + 4 + displayWidth(safeText(field.text.slice(0, field.caret))) };
}
