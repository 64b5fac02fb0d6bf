// Writes cells to a byte string: knows where the cursor and the pen are and takes the shortest way to the next cell.
// Never emits a line feed: without a tty's output processing (SSH) it would not return to column one.
import { BLANK, type Row } from './cells.ts';
import { changePen, PLAIN_PEN, VISIBLE_ON_BLANK, type Pen } from './pen.ts';

export class Brush {
  bytes = '';
  /** -1 while nobody knows: at the start of a frame, after the last column and after setting a scroll region. */
  #row = -1;
  #column = -1;
  #pen: Pen = PLAIN_PEN;
  /** Terminals disagree about widths outside ASCII: the cursor is set anew before anything relies on its column. */
  #drifted = false;
  readonly #columns: number;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** Writes the cell at `column` of `row`. Returns the first column after it. */
  put(y: number, row: Row, column: number): number {
    const text = row.text[column]!;
    const ascii = isAscii(text);
    if (ascii || isRisky(text)) this.#forgetDrift();
    this.moveTo(y, column);
    this.#usePen(row, column, text);
    let end = column + 1;
    while (end < this.#columns && row.text[end] === '') end++;
    // A terminal that makes it narrower than we do would keep what was below its right half.
    this.bytes += !ascii && isRisky(text) ? `\x1b[${end - column}X${text}` : text;
    this.#drifted = !ascii;
    this.#column = end < this.#columns ? end : -1;
    return end;
  }

  /** The column that the cursor is in for certain, when it is in row `y`; else -1. */
  columnIn(y: number): number {
    return y === this.#row && !this.#drifted ? this.#column : -1;
  }

  /** Whether the cell is one byte that needs no other pen. */
  canContinue(row: Row, column: number): boolean {
    const text = row.text[column]!;
    return isAscii(text) && this.#fits(row, column, text);
  }

  #forgetDrift(): void {
    if (this.#drifted) this.#column = -1;
  }

  moveTo(y: number, column: number): void {
    if (y === this.#row && column === this.#column) return;
    this.bytes += this.#wayTo(y, column);
    this.#row = y;
    this.#column = column;
    this.#drifted = false;
  }

  /** Erases from `column` to the right edge. */
  eraseToEnd(y: number, column: number): void {
    this.#forgetDrift();
    this.moveTo(y, column);
    this.plain();
    this.bytes += '\x1b[K';
  }

  /** Erases `count` cells and leaves the cursor before them. */
  eraseCells(y: number, column: number, count: number): void {
    this.#forgetDrift();
    this.moveTo(y, column);
    this.plain();
    this.bytes += `\x1b[${count}X`;
  }

  /** Moves the rows `top`-`bottom` up by `by` rows (down when negative); blank rows come in. */
  scroll(top: number, bottom: number, by: number): void {
    this.plain();
    this.bytes += `\x1b[${top + 1};${bottom + 1}r\x1b[${Math.abs(by) === 1 ? '' : Math.abs(by)}${by > 0 ? 'S' : 'T'}\x1b[r`;
    this.#row = -1;
    this.#column = -1;
  }

  /** Erasing fills with the background of the pen, so it comes after this. */
  plain(): void {
    this.#setPen(PLAIN_PEN);
  }

  #usePen(row: Row, column: number, text: string): void {
    if (this.#fits(row, column, text)) return;
    this.#setPen({ fg: row.fg[column]!, bg: row.bg[column]!, attributes: row.attributes[column]! });
  }

  #fits(row: Row, column: number, text: string): boolean {
    const { fg, bg, attributes } = this.#pen;
    if (row.bg[column] !== bg) return false;
    // Of a blank only the background shows: any pen that has it will do.
    if (text === BLANK && ((row.attributes[column]! | attributes) & VISIBLE_ON_BLANK) === 0) return true;
    return row.fg[column] === fg && row.attributes[column] === attributes;
  }

  #setPen(pen: Pen): void {
    this.bytes += changePen(this.#pen, pen);
    this.#pen = pen;
  }

  #wayTo(y: number, column: number): string {
    const absolute = column === 0 ? `\x1b[${y === 0 ? '' : y + 1}H` : `\x1b[${y + 1};${column + 1}H`;
    if (this.#drifted || this.#row < 0) return absolute;
    if (column === 0 && y > this.#row) return shorter(absolute, `\x1b[${count(y - this.#row)}E`);
    if (y !== this.#row)
      return this.#column === column ? shorter(absolute, vertical(y - this.#row)) : absolute;
    if (column === 0) return '\r';
    if (this.#column < 0) return absolute;
    const along = column - this.#column;
    if (along < 0 && along >= -2) return '\b'.repeat(-along);
    return shorter(`\x1b[${column + 1}G`, `\x1b[${count(Math.abs(along))}${along > 0 ? 'C' : 'D'}`);
  }
}

function vertical(by: number): string {
  return `\x1b[${count(Math.abs(by))}${by > 0 ? 'B' : 'A'}`;
}

function count(by: number): string {
  return by === 1 ? '' : String(by);
}

function shorter(a: string, b: string): string {
  return b.length < a.length ? b : a;
}

function isAscii(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 0x7f;
}

/** Emoji and clusters of several code points: some terminals make them wider or narrower than we do. */
export function isRisky(text: string): boolean {
  if (text.length > 1) return true;
  const unit = text.charCodeAt(0);
  return unit >= 0x2190 && unit <= 0x2bff && !(unit >= 0x2500 && unit <= 0x25ff);
}
