// One terminal in use: the screen driver and the key reader on a pair of streams, started, suspended and ended
// together, and the streams that Ink gets in their place.
import { systemClock, type Clock } from './clock.ts';
import type { ColourDepth } from './colour.ts';
import { ScreenDriver } from './driver.ts';
import { KeyReader, type KeyHandlers } from './keys.ts';
import { silentInput } from './silent-input.ts';
import type { TerminalInput, TerminalOutput } from './streams.ts';

export interface TerminalOptions extends Omit<KeyHandlers, 'onStatus' | 'onEnd'> {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly depth: ColourDepth;
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

export class Terminal {
  readonly driver: ScreenDriver;
  readonly inkOptions: InkOptions;
  readonly #keys: KeyReader;
  #lost = false;

  constructor(options: TerminalOptions) {
    const clock = options.clock ?? systemClock;
    const lose = (): void => this.#lose(options.onLost);
    this.driver = new ScreenDriver({
      output: options.output,
      depth: options.depth,
      mouse: options.mouse,
      onLost: lose,
      clock,
    });
    this.#keys = new KeyReader(
      options.input,
      {
        ...channels(options),
        onKeys: (keys) => {
          this.driver.keyPressed();
          options.onKeys(keys);
        },
        onStatus: () => this.driver.acknowledge(),
        onEnd: lose,
      },
      clock,
    );
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
  suspend(): void {
    this.#keys.stop();
    this.driver.suspend();
  }

  resume(): void {
    this.#keys.start();
    this.driver.resume();
  }

  /** Leaves a clean terminal, for good; safe to call twice. After a crash pass a synchronous `write`. */
  stop(write?: (text: string) => void): void {
    this.driver.stop(write);
    this.#keys.stop();
  }

  #lose(onLost: () => void): void {
    if (this.#lost) return;
    this.#lost = true;
    this.stop();
    onLost();
  }
}

function channels(
  options: TerminalOptions,
): Pick<KeyHandlers, 'onPaste' | 'onMouse' | 'onFocus' | 'onReply'> {
  return {
    onPaste: (text, truncated) => options.onPaste?.(text, truncated),
    onMouse: (events) => options.onMouse?.(events),
    onFocus: (focused) => options.onFocus?.(focused),
    onReply: (sequence) => options.onReply?.(sequence),
  };
}
