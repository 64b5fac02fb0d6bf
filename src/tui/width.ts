// Columns that text takes on a terminal, and cutting and padding by columns. Works on plain text and on text with
// SGR sequences (the only escapes that it knows). Runs for every row of every frame: ASCII takes the short way.
import stringWidth from 'string-width';

const ELLIPSIS = '…';
const RESET = '\x1b[0m';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns of a text; SGR sequences take none. */
export function displayWidth(text: string): number {
  const simple = simpleWidth(text);
  return simple >= 0 ? simple : stringWidth(text);
}

/** Columns of one grapheme cluster without escapes. */
export function clusterWidth(cluster: string): number {
  const simple = simpleWidth(cluster);
  return simple >= 0 ? simple : stringWidth(cluster);
}

export function graphemes(text: string): Iterable<{ segment: string }> {
  return segmenter.segment(text);
}

/**
 * Columns when every code unit is a character of its own with a width that all terminals agree on, or belongs to an
 * SGR sequence; else -1.
 */
function simpleWidth(text: string): number {
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x1b) {
      const unit = unitWidth(code);
      if (unit < 0) return -1;
      width += unit;
      continue;
    }
    const escape = escapeLength(text, at);
    if (escape === 0) return -1;
    at += escape - 1;
  }
  return width;
}

/** Narrow characters that our own screens are full of. */
const OWN_GLYPHS: ReadonlySet<number> = new Set(
  Array.from('…›•–—‘’“”←↑→↓▸▾●○✓✗⏎≡', (glyph) => glyph.charCodeAt(0)),
);

function unitWidth(unit: number): number {
  if (unit < 0x20) return -1;
  if (unit < 0x7f) return 1;
  if (unit < 0xa0 || unit === 0xad) return -1;
  if (unit < 0x300) return unit === 0xa9 || unit === 0xae ? -1 : 1;
  if (unit < 0x370) return -1;
  if (unit < 0x483) return unit >= 0x378 && unit <= 0x38b ? -1 : 1;
  if (unit >= 0x2500 && unit <= 0x259f) return 1;
  if (OWN_GLYPHS.has(unit)) return 1;
  if (unit >= 0x4e00 && unit <= 0x9fff) return 2;
  if (unit >= 0x3041 && unit <= 0x3096) return 2;
  if (unit >= 0x30a1 && unit <= 0x30fa) return 2;
  if (unit >= 0xac00 && unit <= 0xd7a3) return 2;
  return -1;
}

export interface CutOptions {
  /** Which end is left out; default `end`. */
  readonly cut?: 'end' | 'start' | 'middle';
  readonly mark?: string;
}

/** At most `columns` wide; what was left out is marked with `…`. */
export function truncate(text: string, columns: number, options: CutOptions = {}): string {
  if (columns <= 0) return '';
  if (text.length <= columns && isPlainAscii(text)) return text;
  const width = displayWidth(text);
  if (width <= columns) return text;
  const mark = options.mark ?? ELLIPSIS;
  const room = columns - displayWidth(mark);
  if (room <= 0) return sliceColumns(mark, 0, columns);
  switch (options.cut ?? 'end') {
    case 'end':
      return markEnd(sliceColumns(text, 0, room), mark);
    case 'start':
      return mark + sliceColumns(text, width - room, width);
    case 'middle': {
      const head = Math.ceil(room / 2);
      return sliceColumns(text, 0, head) + mark + sliceColumns(text, width - (room - head), width);
    }
  }
}

/** The mark takes the style of what it ends: it goes before the closing reset. */
function markEnd(text: string, mark: string): string {
  return text.endsWith(RESET) ? text.slice(0, -RESET.length) + mark + RESET : text + mark;
}

export type Align = 'left' | 'right' | 'center';

/** Filled up with spaces to `columns`; wider text is left alone. */
export function pad(text: string, columns: number, align: Align = 'left'): string {
  return fill(text, columns - displayWidth(text), align);
}

function fill(text: string, missing: number, align: Align): string {
  if (missing <= 0) return text;
  if (align === 'left') return text + ' '.repeat(missing);
  if (align === 'right') return ' '.repeat(missing) + text;
  const before = missing >> 1;
  return ' '.repeat(before) + text + ' '.repeat(missing - before);
}

/** Exactly `columns` wide: truncated with a mark, or padded. */
export function fit(text: string, columns: number, options: CutOptions & { align?: Align } = {}): string {
  if (columns <= 0) return '';
  const width = displayWidth(text);
  if (width <= columns) return fill(text, columns - width, options.align ?? 'left');
  return pad(truncate(text, columns, options), columns, options.align);
}

/**
 * Columns [from, to). A wide character that the edge cuts in two becomes a space. Styles that were open at `from`
 * are opened again and the result closes what it opened.
 */
export function sliceColumns(text: string, from: number, to: number): string {
  if (to <= from) return '';
  if (isPlainAscii(text)) return text.slice(Math.max(0, from), Math.max(0, to));
  const slice = new ColumnSlice(Math.max(0, from), to);
  for (let at = 0; at < text.length && !slice.done;) {
    const escape = escapeLength(text, at);
    if (escape > 0) {
      slice.style(text.slice(at, at + escape));
      at += escape;
      continue;
    }
    const end = nextEscape(text, at + 1);
    for (const { segment } of segmenter.segment(text.slice(at, end))) slice.cluster(segment);
    at = end;
  }
  return slice.finish();
}

/** Pieces of at most `columns` each, up to `most` of them; a wide character at the edge begins the next one. */
export function breakColumns(text: string, columns: number, most = Infinity): string[] {
  const pieces: string[] = [];
  let from = 0;
  let column = 0;
  const plain = text.replace(/\x1b\[[0-9:;]*m/g, '');
  for (const { segment } of graphemes(plain)) {
    if (pieces.length >= most) return pieces;
    const width = clusterWidth(segment);
    if (column + width > from + columns && column > from) {
      pieces.push(sliceColumns(text, from, column));
      from = column;
    }
    column += width;
  }
  if (pieces.length < most) pieces.push(sliceColumns(text, from, column));
  return pieces;
}

class ColumnSlice {
  #column = 0;
  #text = '';
  /** Sequences seen and not yet written: those before `from`, or after the last visible character. */
  #waiting = '';
  #styled = false;
  readonly #from: number;
  readonly #to: number;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  get done(): boolean {
    return this.#column >= this.#to;
  }

  style(sequence: string): void {
    this.#waiting = isReset(sequence) && this.#text === '' ? '' : this.#waiting + sequence;
  }

  cluster(cluster: string): void {
    const start = this.#column;
    this.#column += clusterWidth(cluster);
    if (this.#column <= this.#from || start >= this.#to) return;
    const whole = start >= this.#from && this.#column <= this.#to;
    this.#put(whole ? cluster : ' '.repeat(Math.min(this.#column, this.#to) - Math.max(start, this.#from)));
  }

  #put(text: string): void {
    if (this.#waiting !== '') {
      this.#text += this.#waiting;
      this.#styled = !this.#waiting.endsWith(RESET);
      this.#waiting = '';
    }
    this.#text += text;
  }

  finish(): string {
    return this.#styled ? this.#text + RESET : this.#text;
  }
}

function isReset(sequence: string): boolean {
  return sequence === RESET || sequence === '\x1b[m';
}

function isPlainAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

function nextEscape(text: string, at: number): number {
  const found = text.indexOf('\x1b[', at);
  return found < 0 ? text.length : found;
}

/** Length of the SGR sequence at `at`, 0 when there is none. */
function escapeLength(text: string, at: number): number {
  if (text.charCodeAt(at) !== 0x1b || text.charCodeAt(at + 1) !== 0x5b) return 0;
  for (let end = at + 2; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 0x6d) return end + 1 - at;
    if (unit < 0x30 || unit > 0x3b) return 0;
  }
  return 0;
}
