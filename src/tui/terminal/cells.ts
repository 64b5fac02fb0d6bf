// One line of a frame (text with SGR sequences) as cells. The last guard of the terminal: every other escape
// sequence and every control character in a frame is dropped here.
import { clusterWidth, graphemes } from '../width.ts';
import type { ColourDepth } from './colour.ts';
import { VISIBLE_ON_BLANK, type Pen } from './pen.ts';
import { SgrState } from './sgr.ts';

/** Parallel columns of one screen row. Never changed once made: rows are shared between frames. */
export interface Row {
  /** The grapheme that starts in a column; '' in the columns that a wide one covers. */
  readonly text: readonly string[];
  readonly fg: Int32Array;
  readonly bg: Int32Array;
  readonly attributes: Uint8Array;
}

export const BLANK = ' ';
/** Longest cluster that is sent on: names with hundreds of marks on one letter must not blow up a frame. */
const MAX_CLUSTER_POINTS = 16;

export function blankRow(columns: number): Row {
  return new RowWriter(columns).row();
}

/** Cut or filled up to `columns` cells; colours reduced to `depth`. */
export function parseLine(line: string, columns: number, depth: ColourDepth): Row {
  const cells = new RowWriter(columns);
  const style = new SgrState(depth);
  for (let at = 0; at < line.length && !cells.full;) {
    const unit = line.charCodeAt(at);
    if (unit === 0x1b) {
      at = readEscape(line, at, style);
      continue;
    }
    const plain = endOfAscii(line, at);
    if (plain > at) {
      cells.putAscii(line, at, plain, style.pen);
      at = plain;
    } else {
      const end = endOfText(line, at);
      for (const { segment } of graphemes(line.slice(at, end))) putCluster(cells, segment, style.pen);
      at = end;
    }
  }
  return cells.row();
}

/** End of the printable ASCII at `at` that nothing can combine with: what follows a character is ASCII too. */
function endOfAscii(line: string, at: number): number {
  let end = at;
  while (end < line.length) {
    const unit = line.charCodeAt(end);
    if (unit > 0x7e) return Math.max(at, end - 1);
    if (unit < 0x20) return end;
    end++;
  }
  return end;
}

/** End of the text at `at` that has to be split into graphemes: between two ASCII characters there is no doubt. */
function endOfText(line: string, at: number): number {
  let end = at + 1;
  while (end < line.length) {
    const unit = line.charCodeAt(end);
    if (unit === 0x1b || (isAscii(unit) && isAscii(line.charCodeAt(end - 1)))) break;
    end++;
  }
  return end;
}

function isAscii(unit: number): boolean {
  return unit >= 0x20 && unit <= 0x7e;
}

function putCluster(cells: RowWriter, cluster: string, pen: Pen): void {
  const width = clusterWidth(cluster);
  if (width > 0) {
    cells.put(shorten(cluster), width, pen);
  } else if (/^\p{Mark}/u.test(cluster)) {
    cells.combine(cluster);
  }
}

function shorten(cluster: string): string {
  if (cluster.length <= MAX_CLUSTER_POINTS) return cluster;
  return Array.from(cluster).slice(0, MAX_CLUSTER_POINTS).join('');
}

/** Applies the SGR sequence at `at`, or skips whatever else it is. Returns where the text goes on. */
function readEscape(line: string, at: number, style: SgrState): number {
  const kind = line.charCodeAt(at + 1);
  if (kind === 0x5b) {
    let end = at + 2;
    while (end < line.length && isParameter(line.charCodeAt(end))) end++;
    if (line[end] === 'm') style.apply(line.slice(at + 2, end));
    return end + 1;
  }
  if (kind === 0x5d) return endOfOsc(line, at);
  return at + 1;
}

function isParameter(unit: number): boolean {
  return unit >= 0x20 && unit <= 0x3f;
}

/** An operating system command without its end must not hide the rest: then only its ESC is dropped. */
function endOfOsc(line: string, at: number): number {
  for (let end = at + 2; end < line.length; end++) {
    const unit = line.charCodeAt(end);
    if (unit === 0x07) return end + 1;
    if (unit === 0x1b) return line[end + 1] === '\\' ? end + 2 : at + 1;
  }
  return at + 1;
}

class RowWriter {
  readonly #columns: number;
  readonly #text: string[];
  readonly #fg: Int32Array;
  readonly #bg: Int32Array;
  readonly #attributes: Uint8Array;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#text = BLANK.repeat(columns).split('');
    this.#fg = new Int32Array(columns);
    this.#bg = new Int32Array(columns);
    this.#attributes = new Uint8Array(columns);
  }

  get full(): boolean {
    return this.#column >= this.#columns;
  }

  put(text: string, width: number, pen: Pen): void {
    if (this.full) return;
    if (this.#column + width > this.#columns) {
      this.#fill(BLANK, this.#columns - this.#column, pen);
      return;
    }
    this.#set(text, pen);
    if (width > 1) this.#fill('', width - 1, pen);
  }

  /** One column for each character of `line` from `from` to `to`. */
  putAscii(line: string, from: number, to: number, pen: Pen): void {
    const end = Math.min(to, from + this.#columns - this.#column);
    for (let at = from; at < end; at++) this.#set(line[at]!, pen);
  }

  /** Marks that come after a style change belong to the cell before. */
  combine(marks: string): void {
    let lead = this.#column - 1;
    while (lead > 0 && this.#text[lead] === '') lead--;
    if (lead >= 0) this.#text[lead] = shorten(this.#text[lead]! + marks);
  }

  #fill(text: string, count: number, pen: Pen): void {
    for (let i = 0; i < count; i++) this.#set(text, pen);
  }

  #set(text: string, pen: Pen): void {
    const column = this.#column++;
    this.#text[column] = text;
    this.#bg[column] = pen.bg;
    // Colour and weight of a blank cannot be seen: without them more cells are equal.
    if (text === BLANK && (pen.attributes & VISIBLE_ON_BLANK) === 0) return;
    this.#fg[column] = pen.fg;
    this.#attributes[column] = pen.attributes;
  }

  row(): Row {
    return { text: this.#text, fg: this.#fg, bg: this.#bg, attributes: this.#attributes };
  }
}

export function sameCell(a: Row, b: Row, column: number): boolean {
  return (
    a.text[column] === b.text[column] &&
    a.attributes[column] === b.attributes[column] &&
    a.fg[column] === b.fg[column] &&
    a.bg[column] === b.bg[column]
  );
}

/** A blank in the terminal's own background: what erasing leaves behind. */
export function isErased(row: Row, column: number): boolean {
  return row.text[column] === BLANK && row.bg[column] === 0 && row.attributes[column] === 0;
}
