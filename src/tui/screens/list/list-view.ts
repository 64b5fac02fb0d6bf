// A list with a heading, and below it the details of the row under the cursor when they are wanted. Pure but for
// telling the list how many rows it has.
import { safeText } from '../../../lib/text.ts';
import { bodyBox } from '../../layout.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { ListPart } from './list-part.ts';

/** Details take what they need but for this much of the list, borders and heading included. */
const LEAST_LIST_ROWS = 7;
/** The names of the columns. */
export const HEADING_ROWS = 1;

export interface ListContent<Row> {
  readonly id: string;
  readonly title: string;
  readonly list: ListPart<Row>;
  readonly heading: (width: number) => string;
  readonly row: (row: Row, place: { readonly width: number; readonly isCurrent: boolean }) => string;
  /** What stands there instead of rows, already as wide as it may be. */
  readonly empty: (width: number) => string[];
  /** What it is sorted by, said at the bottom. */
  readonly order?: string;
  /** Of the row under the cursor; none when they are not wanted. */
  readonly details: (width: number) => readonly string[];
}

export function listPanes<Row>(content: ListContent<Row>, { size, theme }: Viewport): PaneView[] {
  const body = bodyBox(size);
  const lines = content.details(innerWidth(body) - 1);
  const height = lines.length === 0 ? 0 : Math.min(lines.length + 2, body.height - LEAST_LIST_ROWS);
  const panes = [listPane(content, { ...body, height: body.height - height }, theme)];
  if (height > 0)
    panes.push(detailsPane(lines, { ...body, y: body.y + body.height - height, height }, theme));
  return panes;
}

function listPane<Row>(content: ListContent<Row>, box: Box, theme: Theme): PaneView {
  const { id, title, list, order = '' } = content;
  const width = innerWidth(box);
  list.resize(innerHeight(box) - HEADING_ROWS);
  const { top, cursor } = list.place;
  const shown = list.rows.slice(top, top + list.height);
  const rows = shown.map((row, index) => content.row(row, { width, isCurrent: top + index === cursor }));
  const body = rows.length === 0 ? content.empty(width) : [content.heading(width), ...rows];
  const note = list.filterText === undefined ? '' : theme.match(`/${safeText(list.filterText)}`);
  const place = rows.length === 0 ? order : `${order}${order && ', '}${cursor + 1} of ${list.rows.length}`;
  return paneView({ id, box, title, note, place, focused: true, rows: body }, theme);
}

function detailsPane(lines: readonly string[], box: Box, theme: Theme): PaneView {
  const rows = lines.map((row) => ` ${row}`);
  const height = innerHeight(box);
  const place = rows.length > height ? `${height} of ${rows.length} rows` : '';
  return paneView({ id: 'details', box, title: 'Details', place, focused: false, rows }, theme);
}

export interface EmptyList {
  readonly problem: unknown;
  /** Said until the list was read. */
  readonly reading: string | undefined;
  readonly filterText: string | undefined;
  /** `No image` */
  readonly none: string;
  /** What to do when there is nothing at all, in paragraphs. */
  readonly advice: readonly string[];
}

export function emptyListRows(empty: EmptyList, width: number, theme: Theme): string[] {
  const { problem, reading, filterText, none, advice } = empty;
  if (problem !== undefined) return errorRows(problem, width - 2, theme).map((row) => ` ${row}`);
  if (reading !== undefined) return [` ${reading}`];
  const text =
    filterText === undefined ? advice : [`${none} is called ${safeText(filterText)}; esc ends the filter.`];
  return ['', ...text.flatMap((line) => wrapText(line, width - 4)).map((line) => `  ${line}`)];
}
