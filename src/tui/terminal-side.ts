// What the app asks of the terminal that it is on.
import type { Caret } from './terminal/driver.ts';
import type { TerminalSize } from './terminal/size.ts';

export interface TerminalSide {
  size(): TerminalSize;
  copy(text: string): boolean;
  setMouse(on: boolean): void;
  setCaret(caret: Caret | undefined): void;
  redraw(): void;
  suspend(): void;
  /** See `Host`. */
  edit(path: string, line: number): Promise<void>;
  quit(): void;
}
