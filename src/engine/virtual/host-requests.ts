// What is asked of the program that holds a running container: the first message on each connection.
import type { ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';

export type HostRequest =
  /** Begins the container's first process. `tied`: its streams follow. */
  | { readonly do: 'start'; readonly tied: boolean; readonly size?: TerminalSize }
  | { readonly do: 'attach'; readonly size?: TerminalSize }
  | {
      readonly do: 'exec';
      readonly process: ProcessSpec;
      readonly tied: boolean;
      readonly size?: TerminalSize;
    }
  | { readonly do: 'kill'; readonly signal: string }
  /** Answered when the container has ended. */
  | { readonly do: 'wait' }
  /** A tar follows in `data` frames, then `end`. `directory` is a byte name. */
  | { readonly do: 'put'; readonly directory: string; readonly owners: boolean };

/** Sent along with `stdin` frames by those who are tied to a process with a terminal. */
export interface ResizeMessage {
  readonly resize: TerminalSize;
}

/** What it answers with, beside `stdout`, `stderr` and `error` frames. */
export type HostAnswer = { readonly done: true } | { readonly exited: number };
