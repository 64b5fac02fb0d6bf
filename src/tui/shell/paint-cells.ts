// A row of a container's terminal as a painted row of ours. What a program drew is foreign: of its cells only text
// that is safe, colours and attributes come through.
import type { IBufferCell, IBufferLine } from '@xterm/headless';
import { safeText } from '../../lib/text.ts';
import { type Colour, DEFAULT_COLOUR, paletteColour, rgbColour } from '../terminal/colour.ts';
import {
  BOLD,
  DIM,
  INVERSE,
  ITALIC,
  PLAIN_PEN,
  type Pen,
  STRIKE,
  UNDERLINE,
  changePen,
} from '../terminal/pen.ts';
import { clusterWidth, fit } from '../width.ts';

/** Exactly `columns` wide. `cell` is a scratch cell. */
export function paintCells(line: IBufferLine | undefined, columns: number, cell: IBufferCell): string {
  if (!line) return ' '.repeat(columns);
  let text = '';
  let pen: Pen = PLAIN_PEN;
  for (let column = 0; column < columns;) {
    const here = line.getCell(column, cell);
    const width = Math.min(Math.max(1, here?.getWidth() ?? 1), columns - column);
    const next = here ? penOf(here) : PLAIN_PEN;
    if (!samePen(pen, next)) text += changePen(pen, next);
    pen = next;
    text += here && here.isInvisible() === 0 ? safeCell(here.getChars(), width) : ' '.repeat(width);
    column += width;
  }
  return text + changePen(pen, PLAIN_PEN);
}

/** `width` columns, whatever the characters of the cell are. */
function safeCell(characters: string, width: number): string {
  if (characters.length === 1 && characters >= ' ' && characters <= '~') return characters.padEnd(width);
  if (characters === '') return ' '.repeat(width);
  const safe = safeText(characters) === characters ? characters : withoutUnsafe(characters);
  return clusterWidth(safe) === width ? safe : fit(safe, width, { mark: '?' });
}

/** A cell has no room to show what was in it as an escape. */
function withoutUnsafe(characters: string): string {
  return Array.from(characters)
    .filter((character) => safeText(character) === character)
    .join('');
}

function penOf(cell: IBufferCell): Pen {
  return {
    fg: colourOf(cell.isFgPalette(), cell.isFgRGB(), cell.getFgColor()),
    bg: colourOf(cell.isBgPalette(), cell.isBgRGB(), cell.getBgColor()),
    attributes:
      (cell.isBold() ? BOLD : 0) |
      (cell.isDim() ? DIM : 0) |
      (cell.isItalic() ? ITALIC : 0) |
      (cell.isUnderline() ? UNDERLINE : 0) |
      (cell.isInverse() ? INVERSE : 0) |
      (cell.isStrikethrough() ? STRIKE : 0),
  };
}

function colourOf(isPalette: boolean, isRgb: boolean, value: number): Colour {
  if (isPalette) return paletteColour(value);
  return isRgb ? rgbColour((value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff) : DEFAULT_COLOUR;
}

function samePen(a: Pen, b: Pen): boolean {
  return a.fg === b.fg && a.bg === b.bg && a.attributes === b.attributes;
}
