// What the command line is given: streams, environment, a signal. Tests give it their own.
import type { Readable, Writable } from 'node:stream';
import type { LaunchedAgent } from '../engine/linux/launch.ts';

export type CliOutput = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export type CliInput = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

export interface CliIo {
  /** An agent of the linux engine that was started before the program was loaded. */
  readonly ahead?: LaunchedAgent | undefined;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: CliInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C: whatever runs stops, and `main` gives 130. */
  readonly signal?: AbortSignal;
  /** While somebody listens, signals (all, or those of `names`) go there and stop nothing. Returns the unsubscriber. */
  readonly onSignal?: (listener: (name: string) => void, names?: readonly string[]) => () => void;
}

/** Both ends are a terminal: a screen can be shown. */
export function isInteractive({ stdin, stdout, env }: CliIo): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb';
}
