// The size of the terminal, followed. A dragged window reports dozens of sizes: the last one counts, and it is told
// at most once per frame time.
import type { Clock } from './clock.ts';
import { clampSize, type TerminalSize } from './size.ts';
import type { TerminalOutput } from './streams.ts';

export class SizeWatch {
  size: TerminalSize;
  readonly #output: TerminalOutput;
  readonly #clock: Clock;
  readonly #leastMs: number;
  readonly #onResize: (changed: boolean) => void;
  #lastAt = -Infinity;
  #cancel: (() => void) | undefined;

  /** `onResize` gets whether the size is another one: a terminal may tell the same twice and yet have lost its content. */
  constructor(output: TerminalOutput, clock: Clock, leastMs: number, onResize: (changed: boolean) => void) {
    this.#output = output;
    this.#clock = clock;
    this.#leastMs = leastMs;
    this.#onResize = onResize;
    this.size = clampSize(output.columns, output.rows);
    output.on('resize', this.check);
  }

  /** Looks at the size again, soon. */
  readonly check = (): void => {
    if (this.#cancel !== undefined) return;
    const waitMs = Math.max(0, this.#lastAt + this.#leastMs - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#lastAt = this.#clock.now();
      const size = clampSize(this.#output.columns, this.#output.rows);
      const changed = size.columns !== this.size.columns || size.rows !== this.size.rows;
      this.size = size;
      this.#onResize(changed);
    });
  };

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#output.off('resize', this.check);
  }
}
