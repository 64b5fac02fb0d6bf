// What Ink gets as its stdout. In debug mode Ink writes each whole frame as one plain string; the driver shows the
// newest one: cell diff, one write per frame, held back while the stream or the terminal does not keep up.
import type { Row } from './cells.ts';
import { clipboardSequence } from './clipboard.ts';
import { systemClock, type Clock } from './clock.ts';
import type { ColourDepth } from './colour.ts';
import { diffFrames } from './diff.ts';
import { FrameParser } from './frame.ts';
import {
  ASK_STATUS,
  BEGIN_SYNC,
  END_SYNC,
  enterTerminal,
  HIDE_CURSOR,
  LEAVE_TERMINAL,
  MOUSE_OFF,
  MOUSE_ON,
  SHOW_CURSOR,
} from './modes.ts';
import { Pacer } from './pacing.ts';
import type { RowMarks } from './row-marks.ts';
import { SizeWatch } from './size-watch.ts';
import type { TerminalOutput } from './streams.ts';

export interface DriverOptions {
  readonly output: TerminalOutput;
  readonly depth: ColourDepth;
  /** Rows that frames have marks for. */
  readonly marks?: RowMarks;
  /** Called once when the terminal is gone (closed, EPIPE, EIO). Nothing is written any more. */
  readonly onLost?: () => void;
  /** See `setMouse`; default false. */
  readonly mouse?: boolean;
  readonly clock?: Clock;
  /** Least time between two frames; default 16. */
  readonly frameMs?: number;
}

export interface Caret {
  readonly row: number;
  readonly column: number;
}

type Phase = 'new' | 'running' | 'suspended' | 'stopped' | 'lost';

export class ScreenDriver {
  /** Ink asks its stdout for these. */
  readonly isTTY = true;
  readonly writable = true;

  readonly #output: TerminalOutput;
  readonly #parser: FrameParser;
  readonly #clock: Clock;
  readonly #frameMs: number;
  readonly #onLost: () => void;
  readonly #pacer: Pacer;
  readonly #watch: SizeWatch;
  readonly #resizeListeners = new Set<() => void>();

  #phase: Phase = 'new';
  /** The newest frame that Ink made, kept for repainting. */
  #frame: string | undefined;
  #rows: (Row | undefined)[] = [];
  #mouse: boolean;
  #wantedCaret: Caret | undefined;
  #shownCaret: Caret | undefined;
  #dirty = false;
  #blocked = false;
  #lastPaintAt = -Infinity;
  #cancelPaint: (() => void) | undefined;

  constructor(options: DriverOptions) {
    this.#output = options.output;
    this.#parser = new FrameParser(options.depth, options.marks);
    this.#clock = options.clock ?? systemClock;
    this.#frameMs = options.frameMs ?? 16;
    this.#mouse = options.mouse ?? false;
    this.#onLost = options.onLost ?? (() => {});
    this.#pacer = new Pacer(this.#clock, () => this.#schedule());
    this.#watch = new SizeWatch(this.#output, this.#clock, this.#frameMs, (changed) =>
      this.#resized(changed),
    );
    this.#output.on('error', this.#lose);
    this.#output.on('close', this.#lose);
    this.#output.on('drain', this.#drained);
  }

  get columns(): number {
    return this.#watch.size.columns;
  }

  get rows(): number {
    return this.#watch.size.rows;
  }

  /** Whether the terminal answers and so paces the frames. */
  get paced(): boolean {
    return this.#pacer.active;
  }

  // ------------------------------------------------------------ Ink's side

  /** One whole frame. Ink's own control sequences are ignored: the modes of the terminal are the driver's. */
  write(data: string, encodingOrDone?: unknown, done?: unknown): boolean {
    if (data !== '' && !data.startsWith('\x1b[?')) {
      this.#frame = data;
      this.#dirty = true;
      this.#schedule();
    }
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  }

  on(event: string, listener: () => void): this {
    if (event === 'resize') this.#resizeListeners.add(listener);
    return this;
  }

  off(event: string, listener: () => void): this {
    if (event === 'resize') this.#resizeListeners.delete(listener);
    return this;
  }

  // ----------------------------------------------------------- the app's side

  /** Takes the terminal over: alternate screen, hidden cursor. Frames made before are painted now. */
  start(): void {
    if (this.#phase === 'new') this.#enter();
  }

  /**
   * Gives the terminal back, for good. From a crash handler pass a `write` that is synchronous, as the stream may
   * not get to it any more. Returns how many status answers may still come in.
   */
  stop(write: (text: string) => void = (text) => this.#send(text)): number {
    const { unanswered } = this.#pacer;
    if (this.#phase === 'running') write(LEAVE_TERMINAL);
    if (this.#phase !== 'lost') this.#phase = 'stopped';
    this.#release();
    return unanswered;
  }

  /** Gives the terminal back for a while (ctrl-z, an editor, a shell). Frames are kept, not shown. Returns as `stop`. */
  suspend(): number {
    if (this.#phase !== 'running') return 0;
    const { unanswered } = this.#pacer;
    this.#cancelPending();
    this.#phase = 'suspended';
    this.#send(LEAVE_TERMINAL);
    return unanswered;
  }

  resume(): void {
    if (this.#phase !== 'suspended') return;
    this.#pacer.reset();
    this.#enter();
    this.#watch.check();
  }

  /** Forgets what the terminal shows: the next frame is painted in full. */
  invalidate(): void {
    this.#rows = [];
    this.#shownCaret = undefined;
    this.#dirty = true;
    this.#schedule();
  }

  /** Where the terminal's own cursor stands and blinks, from 0; undefined hides it. */
  setCaret(caret: Caret | undefined): void {
    if (caret?.row === this.#wantedCaret?.row && caret?.column === this.#wantedCaret?.column) return;
    this.#wantedCaret = caret;
    this.#dirty = true;
    this.#schedule();
  }

  /** Whether the terminal reports the wheel and clicks; while it does, its own selection needs shift. */
  setMouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#phase === 'running') this.#send(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Puts `text` on the clipboard of the terminal, if it lets us. False when it is too long. */
  copy(text: string): boolean {
    const sequence = clipboardSequence(text);
    if (sequence === undefined) return false;
    if (this.#phase === 'running') this.#send(sequence);
    return true;
  }

  /** The terminal answered a status question (`ESC[0n`). */
  acknowledge(): void {
    this.#pacer.answered();
  }

  /** A key came in; call it before the app makes a frame of it. */
  keyPressed(): void {
    this.#pacer.keyPressed();
  }

  // ------------------------------------------------------------------ painting

  #enter(): void {
    this.#phase = 'running';
    this.#rows = [];
    this.#shownCaret = undefined;
    this.#send(enterTerminal(this.#mouse));
    this.#dirty = this.#frame !== undefined;
    this.#schedule();
  }

  get #mayPaint(): boolean {
    return this.#phase === 'running' && this.#dirty && !this.#blocked && this.#pacer.mayPaint;
  }

  #schedule(): void {
    if (!this.#mayPaint || this.#cancelPaint !== undefined) return;
    const waitMs = Math.max(0, this.#lastPaintAt + this.#frameMs - this.#clock.now());
    this.#cancelPaint = this.#clock.after(waitMs, () => {
      this.#cancelPaint = undefined;
      if (this.#mayPaint) this.#paint();
    });
  }

  #paint(): void {
    this.#dirty = false;
    if (this.#frame === undefined) return;
    const rows = this.#parser.parse(this.#frame, this.#watch.size);
    const body = diffFrames(this.#rows, rows, this.#watch.size.columns);
    this.#rows = rows;
    const caret = this.#caretBytes(body !== '');
    if (body === '' && caret === '') return;
    this.#lastPaintAt = this.#clock.now();
    const hide = body !== '' && this.#shownCaret !== undefined ? HIDE_CURSOR : '';
    this.#shownCaret = this.#wantedCaret;
    const bytes = `${BEGIN_SYNC}${hide}${body}${caret}${END_SYNC}`;
    const { asks } = this.#pacer;
    if (asks) this.#pacer.asked(bytes.length);
    this.#send(asks ? bytes + ASK_STATUS : bytes);
  }

  #caretBytes(painted: boolean): string {
    const wanted = this.#wantedCaret;
    if (wanted === undefined) return this.#shownCaret === undefined ? '' : HIDE_CURSOR;
    if (!painted && this.#shownCaret?.row === wanted.row && this.#shownCaret.column === wanted.column)
      return '';
    const row = Math.max(0, Math.min(wanted.row, this.#watch.size.rows - 1));
    const column = Math.max(0, Math.min(wanted.column, this.#watch.size.columns - 1));
    return `\x1b[${row + 1};${column + 1}H${SHOW_CURSOR}`;
  }

  #send(text: string): void {
    if (this.#phase === 'lost') return;
    try {
      this.#blocked = !this.#output.write(text);
    } catch {
      // A broken terminal may throw as well as emit; both mean the same.
      this.#lose();
    }
  }

  // ------------------------------------------------------ the terminal's side

  readonly #drained = (): void => {
    this.#blocked = false;
    this.#schedule();
  };

  readonly #lose = (): void => {
    if (this.#phase === 'lost' || this.#phase === 'stopped') return;
    this.#phase = 'lost';
    this.#release();
    this.#onLost();
  };

  #resized(changed: boolean): void {
    this.#parser.forget();
    // Even back at the old size the terminal may have wrapped or cut what it showed.
    this.invalidate();
    if (!changed) return;
    for (const listener of this.#resizeListeners) listener();
  }

  #cancelPending(): void {
    this.#cancelPaint?.();
    this.#cancelPaint = undefined;
    this.#pacer.reset();
  }

  #release(): void {
    this.#cancelPending();
    this.#watch.end();
    this.#frame = undefined;
    this.#rows = [];
    this.#parser.forget();
    this.#output.off('drain', this.#drained);
  }
}
