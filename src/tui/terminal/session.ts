// One terminal in use: the screen driver and the key reader on a pair of streams, started, suspended and ended
// together, and the streams that Ink gets in their place.
import { systemClock, type Clock } from './clock.ts';
import type { ColourDepth } from './colour.ts';
import { ScreenDriver } from './driver.ts';
import { KeyReader, type KeyHandlers, type RawSink } from './keys.ts';
import type { RowMarks } from './row-marks.ts';
import { silentInput } from './silent-input.ts';
import type { TerminalInput, TerminalOutput } from './streams.ts';

export interface TerminalOptions extends Omit<KeyHandlers, 'onStatus' | 'onEnd'> {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly depth: ColourDepth;
  readonly marks?: RowMarks;
  readonly mouse?: boolean;
  /** Called once when the terminal is gone, by either of its streams. */
  readonly onLost: () => void;
  readonly clock?: Clock;
}

/** Options of Ink's `render`. Any other combination breaks the driver: it needs whole frames, and all of stdin. */
export interface InkOptions {
  readonly stdout: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
  readonly debug: true;
  readonly interactive: true;
  readonly patchConsole: false;
  readonly exitOnCtrlC: false;
}

/** The longest time that a timer of JavaScript can wait. */
const LONGEST_MS = 2 ** 31 - 1;
/** How long answers that are still under way are waited for, so that the shell does not get them as input. */
const LAST_ANSWERS_MS = 500;

export class Terminal {
  readonly driver: ScreenDriver;
  readonly inkOptions: InkOptions;
  readonly #keys: KeyReader;
  readonly #clock: Clock;
  #lost = false;
  #over = false;
  #cancelWait: (() => void) | undefined;
  /** Set while the last answers are waited for: called for each. */
  #onLastAnswer: (() => void) | undefined;

  constructor(options: TerminalOptions) {
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    const lose = (): void => this.#lose(options.onLost);
    this.driver = new ScreenDriver({
      output: options.output,
      depth: options.depth,
      marks: options.marks,
      mouse: options.mouse,
      onLost: lose,
      clock,
    });
    this.#keys = new KeyReader(options.input, this.#handlers(options, lose), clock);
    this.inkOptions = {
      // Ink only uses what the driver has: write, on and off 'resize', columns, rows, isTTY, writable.
      stdout: this.driver as unknown as NodeJS.WritableStream,
      stdin: silentInput() as unknown as NodeJS.ReadableStream,
      debug: true,
      interactive: true,
      patchConsole: false,
      exitOnCtrlC: false,
    };
  }

  start(): void {
    this.driver.start();
    this.#keys.start();
  }

  /** Hands the terminal to somebody else (the shell on ctrl-z, an editor) until `resume`. */
  async suspend(): Promise<void> {
    // With its input paused a process that has nothing else to do would end when the shell continues it.
    this.#cancelWait ??= this.#clock.after(LONGEST_MS, () => {});
    const unanswered = this.driver.suspend();
    await this.#lastAnswers(unanswered);
    this.#keys.stop();
  }

  /** Nothing, when it was closed meanwhile. */
  resume(): void {
    if (this.#over) return;
    this.#endWait();
    this.#keys.start();
    this.driver.resume();
  }

  /** Leaves a clean terminal, for good. */
  async close(): Promise<void> {
    this.#over = true;
    this.#endWait();
    const unanswered = this.driver.stop();
    await this.#lastAnswers(unanswered);
    this.#keys.stop();
  }

  /** Like `close`, at once: in a crash or signal handler, with a `write` that is synchronous. */
  abandon(write: (text: string) => void): void {
    this.#over = true;
    this.#endWait();
    this.driver.stop(write);
    this.#keys.stop();
  }

  /** It was closed, or is gone. */
  get isOver(): boolean {
    return this.#over;
  }

  #handlers(options: TerminalOptions, onEnd: () => void): KeyHandlers {
    const unlessEnding = <Values extends unknown[]>(call: ((...values: Values) => void) | undefined) => {
      return (...values: Values): void => {
        if (this.#onLastAnswer === undefined) call?.(...values);
      };
    };
    return {
      onKeys: unlessEnding((keys: readonly string[]) => {
        this.driver.keyPressed();
        options.onKeys(keys);
      }),
      onPaste: unlessEnding(options.onPaste?.bind(options)),
      onMouse: unlessEnding(options.onMouse?.bind(options)),
      onFocus: unlessEnding(options.onFocus?.bind(options)),
      onReply: unlessEnding(options.onReply?.bind(options)),
      raw: () => this.#rawSink(options),
      onStatus: () => (this.#onLastAnswer ? this.#onLastAnswer() : this.driver.acknowledge()),
      onEnd,
    };
  }

  #rawSink(options: TerminalOptions): RawSink | undefined {
    const sink = this.#onLastAnswer === undefined ? options.raw?.() : undefined;
    if (!sink) return undefined;
    return {
      leaveKeys: sink.leaveKeys,
      onBytes: (bytes) => {
        this.driver.keyPressed();
        sink.onBytes(bytes);
      },
      onPaste: (bytes) => sink.onPaste(bytes),
      onLeave: () => sink.onLeave(),
    };
  }

  async #lastAnswers(unanswered: number): Promise<void> {
    if (unanswered === 0 || this.#lost) return;
    let left = unanswered;
    await new Promise<void>((done) => {
      const cancel = this.#clock.after(LAST_ANSWERS_MS, done);
      this.#onLastAnswer = () => {
        if (--left > 0) return;
        cancel();
        done();
      };
    });
    this.#onLastAnswer = undefined;
  }

  #endWait(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #lose(onLost: () => void): void {
    if (this.#lost) return;
    this.#lost = true;
    this.abandon(() => {});
    onLost();
  }
}
