// A terminal to write to: xterm behind a driver's output, with its cells read back. Answers status questions as a
// real terminal does, counts what it is sent, can be resized, stalled and broken.
import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { clusterWidth } from '../../src/tui/width.ts';

export interface ScreenCell {
  readonly text: string;
  readonly width: number;
  /** `default`, `palette:n` or `rgb:n`. */
  readonly fg: string;
  readonly bg: string;
  /** Sorted names, e.g. `bold inverse`. */
  readonly attributes: string;
}

export class TestScreen extends EventEmitter {
  columns: number;
  rows: number;
  bytes = 0;
  writes: string[] = [];
  /** What `write` returns: false simulates a full stream until `drain()`. */
  accepts = true;
  /** Called with what the terminal sends back. */
  onAnswer: (text: string) => void = () => {};
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  #written: Promise<void> = Promise.resolve();

  constructor(columns = 120, rows = 40, options: { unicode?: 'string-width' | '6' } = {}) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    if (options.unicode !== '6') {
      this.terminal.unicode.register(clusters);
      this.terminal.unicode.activeVersion = clusters.version;
    }
    this.terminal.onData((text) => this.onAnswer(text));
  }

  write(text: string): boolean {
    this.bytes += Buffer.byteLength(text);
    this.writes.push(text);
    this.#written = new Promise((done) =>
      this.terminal.write(text, () => {
        done();
        this.emit('shown');
      }),
    );
    return this.accepts;
  }

  /** Resolves when the terminal has worked off all that was written. */
  settled(): Promise<void> {
    return this.#written;
  }

  drain(): void {
    this.accepts = true;
    this.emit('drain');
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.terminal.resize(Math.min(Math.max(columns, 2), 500), Math.min(Math.max(rows, 1), 300));
    this.emit('resize');
  }

  resetCount(): void {
    this.bytes = 0;
    this.writes = [];
  }

  /** Rows as text, without trailing blanks. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true, 0, this.terminal.cols) ?? '').trimEnd(),
    );
  }

  cells(): ScreenCell[][] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) =>
      Array.from({ length: this.terminal.cols }, (_, x) =>
        readCell(active.getLine(active.baseY + y)?.getCell(x)),
      ),
    );
  }

  get cursor(): { row: number; column: number } {
    const { active } = this.terminal.buffer;
    return { row: active.cursorY, column: active.cursorX };
  }

  get isAlternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate';
  }
}

type BufferCell = NonNullable<
  ReturnType<
    NonNullable<ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>>['getCell']
  >
>;

/** Colour and weight of a blank cannot be seen, so they are left out. */
function readCell(cell: BufferCell | undefined): ScreenCell {
  if (!cell) return { text: ' ', width: 1, fg: 'default', bg: 'default', attributes: '' };
  const text = cell.getChars() === '' && cell.getWidth() > 0 ? ' ' : cell.getChars();
  const flags: Record<string, number> = {
    bold: cell.isBold(),
    dim: cell.isDim(),
    inverse: cell.isInverse(),
    italic: cell.isItalic(),
    strike: cell.isStrikethrough(),
    underline: cell.isUnderline(),
  };
  const names = Object.keys(flags).filter((name) => flags[name]);
  const blank = text === ' ' && !names.some((name) => /inverse|strike|underline/.test(name));
  return {
    text,
    width: cell.getWidth(),
    fg: blank ? 'default' : colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    bg: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    attributes: blank ? '' : names.join(' '),
  };
}

function colour(isDefault: boolean, isRgb: boolean, value: number): string {
  if (isDefault) return 'default';
  return isRgb ? `rgb:${value}` : `palette:${value}`;
}

/**
 * Widths as the app counts them. xterm asks code point by code point: a mark, a joiner or what a joiner joins
 * belongs to the cell before. (Result of `charProperties`: bit 0 join, bits 1-2 width, the rest our own state.)
 */
const clusters = {
  version: 'clusters',
  wcwidth: (codePoint: number): 0 | 1 | 2 => pointWidth(codePoint),
  charProperties(codePoint: number, preceding: number): number {
    const before = (preceding >> 1) & 3;
    const joinsNext = (preceding >> 3) & 1;
    const character = String.fromCodePoint(codePoint);
    const isJoiner = codePoint === 0x200d;
    const joins = before > 0 && (joinsNext === 1 || isJoiner || /^[\p{Mark}\ufe0f]$/u.test(character));
    // The emoji selector makes its character wide.
    const width = codePoint === 0xfe0f && joins ? 2 : joins ? before : pointWidth(codePoint);
    return (joins && isJoiner ? 8 : 0) | (width << 1) | (joins ? 1 : 0);
  },
};

function pointWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return 0;
  const width = clusterWidth(String.fromCodePoint(codePoint));
  return width > 2 ? 2 : (width as 0 | 1 | 2);
}

/** The terminal's input stream. */
export class FakeInput extends EventEmitter {
  raw = false;
  flowing = false;

  setRawMode(raw: boolean): void {
    this.raw = raw;
  }

  resume(): void {
    this.flowing = true;
  }

  pause(): void {
    this.flowing = false;
  }

  send(chunk: string | Uint8Array): void {
    this.emit('data', typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }
}
