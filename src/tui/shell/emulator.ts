// A terminal for a program in a container: keeps the screen that the program draws. Nothing that it sends goes any
// further than this, but for its answers to the program's questions.
import xterm from '@xterm/headless';
import type { TerminalSize } from '../terminal/size.ts';
import { cellWidths } from './cell-widths.ts';
import { paintCells } from './paint-cells.ts';

const SCROLLBACK_ROWS = 2000;
const LEAST: TerminalSize = { columns: 20, rows: 4 };

export interface EmulatorOptions {
  readonly size: TerminalSize;
  /** A line feed alone begins a line: the output of programs without a terminal. */
  readonly convertEol?: boolean;
  /** The screen is different. */
  readonly onChange: () => void;
  /** What the terminal answers to the program. */
  readonly onAnswer?: (text: string) => void;
}

export class Emulator {
  private readonly terminal: InstanceType<typeof xterm.Terminal>;
  private readonly onChange: () => void;
  /** Row of the buffer that is at the top, while somebody looks back. */
  private top: number | undefined;
  private cursorShown = true;
  private closed = false;

  constructor({ size, convertEol = false, onChange, onAnswer }: EmulatorOptions) {
    this.onChange = onChange;
    this.terminal = new xterm.Terminal({
      cols: Math.max(LEAST.columns, size.columns),
      rows: Math.max(LEAST.rows, size.rows),
      scrollback: SCROLLBACK_ROWS,
      convertEol,
      allowProposedApi: true,
      logLevel: 'off',
    });
    this.terminal.unicode.register(cellWidths);
    this.terminal.unicode.activeVersion = cellWidths.version;
    if (onAnswer) this.terminal.onData(onAnswer);
    this.watchCursor();
  }

  /** The emulator does not tell whether the program hides its cursor (DECTCEM). */
  private watchCursor(): void {
    const see = (shown: boolean) => (parameters: readonly (number | number[])[]) => {
      if (parameters.includes(25)) this.cursorShown = shown;
      return false;
    };
    this.terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, see(true));
    this.terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, see(false));
  }

  get size(): TerminalSize {
    return { columns: this.terminal.cols, rows: this.terminal.rows };
  }

  /** `done` is called when the screen shows it. */
  write(data: Uint8Array | string, done?: () => void): void {
    if (this.closed) return done?.();
    this.terminal.write(data, () => {
      if (!this.closed) this.onChange();
      done?.();
    });
  }

  /** False when that is its size already. */
  resize(size: TerminalSize): boolean {
    const columns = Math.max(LEAST.columns, size.columns);
    const rows = Math.max(LEAST.rows, size.rows);
    if (columns === this.terminal.cols && rows === this.terminal.rows) return false;
    this.terminal.resize(columns, rows);
    this.top = undefined;
    return true;
  }

  get modes(): { readonly applicationCursor: boolean; readonly bracketedPaste: boolean } {
    const { applicationCursorKeysMode, bracketedPasteMode } = this.terminal.modes;
    return { applicationCursor: applicationCursorKeysMode, bracketedPaste: bracketedPasteMode };
  }

  // ----------------------------------------------------------------- looking

  /** Painted rows, as many and as wide as asked for. */
  rows({ columns, rows }: TerminalSize): string[] {
    const { active } = this.terminal.buffer;
    const cell = active.getNullCell();
    const first = this.firstRow;
    return Array.from({ length: rows }, (_, row) =>
      row < this.terminal.rows ? paintCells(active.getLine(first + row), columns, cell) : '',
    );
  }

  private get firstRow(): number {
    return Math.min(this.top ?? Number.POSITIVE_INFINITY, this.terminal.buffer.active.baseY);
  }

  /** Undefined when the program hides it, or somebody looks back. */
  get cursor(): { readonly row: number; readonly column: number } | undefined {
    if (!this.cursorShown || this.top !== undefined) return undefined;
    const { cursorX, cursorY } = this.terminal.buffer.active;
    return { row: cursorY, column: Math.min(cursorX, this.terminal.cols - 1) };
  }

  // --------------------------------------------------------------- scrolling

  /** Rows that are above the screen. */
  get rowsAbove(): number {
    return this.terminal.buffer.active.baseY;
  }

  /** How far somebody looks back; 0 at the newest. */
  get scrolledBack(): number {
    return this.rowsAbove - this.firstRow;
  }

  scrollBy(rows: number): void {
    const top = Math.max(0, this.firstRow + Math.max(-1e9, Math.min(1e9, rows)));
    this.top = top >= this.rowsAbove ? undefined : top;
  }

  scrollToEnd(): void {
    this.top = undefined;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.terminal.dispose();
  }
}
