// A terminal's cells as an SVG picture.
import type { ScreenCell } from '../test/support/screen.ts';

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 18;
const MARGIN = 10;
const BACKGROUND = '#16181d';
const FOREGROUND = '#d7dae0';
/** The 16 colours that themes use. */
const PALETTE = [
  '#2b2f38', '#f07178', '#a5d671', '#f2c76b', '#6ea8fe', '#c792ea', '#5ccfe6', '#d7dae0',
  '#7c8493', '#ff8f95', '#bdea8b', '#ffdc8c', '#8fc0ff', '#ddb3ff', '#86e3f5', '#ffffff',
] as const; // prettier-ignore

export function screenSvg(cells: readonly (readonly ScreenCell[])[], title: string): string {
  const columns = cells[0]?.length ?? 0;
  const width = (columns * CELL_WIDTH + 2 * MARGIN).toFixed(0);
  const height = cells.length * CELL_HEIGHT + 2 * MARGIN;
  const rows = cells.map((row, index) => rowSvg(row, MARGIN + index * CELL_HEIGHT)).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>${escape(title)}</title><rect width="100%" height="100%" rx="6" fill="${BACKGROUND}"/>` +
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve" fill="${FOREGROUND}">` +
    `\n${rows}</g></svg>\n`
  );
}

interface Run {
  readonly start: number;
  readonly text: string;
  readonly cell: ScreenCell;
  readonly columns: number;
}

function rowSvg(row: readonly ScreenCell[], y: number): string {
  const runs = runsOf(row);
  const parts = runs.map((run) => backgroundSvg(run, y) + textSvg(run, y)).join('');
  return parts === '' ? '' : `${parts}\n`;
}

/** Neighbours that look alike. */
function runsOf(row: readonly ScreenCell[]): Run[] {
  const runs: Run[] = [];
  row.forEach((cell, column) => {
    if (cell.width === 0) return;
    const last = runs.at(-1);
    const alike =
      last &&
      last.cell.fg === cell.fg &&
      last.cell.bg === cell.bg &&
      last.cell.attributes === cell.attributes;
    if (alike)
      runs[runs.length - 1] = { ...last, text: last.text + cell.text, columns: last.columns + cell.width };
    else runs.push({ start: column, text: cell.text, cell, columns: cell.width });
  });
  return runs;
}

function colours({ fg, bg, attributes }: ScreenCell): { text: string; back: string | undefined } {
  const text = colour(fg) ?? FOREGROUND;
  const back = colour(bg);
  return attributes.includes('inverse') ? { text: back ?? BACKGROUND, back: text } : { text, back };
}

function colour(name: string): string | undefined {
  const [kind, value] = name.split(':');
  if (kind === 'palette') return PALETTE[Number(value)];
  return kind === 'rgb' ? `#${Number(value).toString(16).padStart(6, '0')}` : undefined;
}

function backgroundSvg({ start, columns, cell }: Run, y: number): string {
  const { back } = colours(cell);
  if (back === undefined) return '';
  const x = (MARGIN + start * CELL_WIDTH).toFixed(1);
  return `<rect x="${x}" y="${y}" width="${(columns * CELL_WIDTH).toFixed(1)}" height="${CELL_HEIGHT}" fill="${back}"/>`;
}

function textSvg({ start, text, columns, cell }: Run, y: number): string {
  if (text.trim() === '') return '';
  const { text: fill } = colours(cell);
  const x = (MARGIN + start * CELL_WIDTH).toFixed(1);
  const length = (columns * CELL_WIDTH).toFixed(1);
  const style = [
    fill === FOREGROUND ? '' : ` fill="${fill}"`,
    cell.attributes.includes('bold') ? ' font-weight="bold"' : '',
    cell.attributes.includes('italic') ? ' font-style="italic"' : '',
    cell.attributes.includes('dim') ? ' opacity="0.6"' : '',
    cell.attributes.includes('underline') ? ' text-decoration="underline"' : '',
  ].join('');
  return `<text x="${x}" y="${y + 14}" textLength="${length}"${style}>${escape(text)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
