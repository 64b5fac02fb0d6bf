// How the streams of a container's process are tied to somebody's terminal, pipes or screen.
import type { Readable, Writable } from 'node:stream';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Io {
  /** Absent: nothing is sent. */
  readonly stdin?: Readable;
  /** With a terminal, all output comes here. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The size to begin with, where the process has a terminal. */
  readonly size?: TerminalSize;
}

export type SessionEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'detached' };

/** Somebody who is tied to a process; the process does not depend on it. */
export interface Session {
  /** Everything that the process wrote has been handed to the streams by then; they are not ended. */
  readonly ended: Promise<SessionEnd>;
  /** After the end: resolves when all that goes with the container has gone. Absent: its engine has to be asked. */
  readonly gone?: Promise<void>;
  resize(size: TerminalSize): void;
  /** Leaves the process alone; `ended` tells so. */
  detach(): void;
}
