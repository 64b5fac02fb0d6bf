// What the command line is given: streams, environment, a signal. Tests give it their own.
import type { Readable } from 'node:stream';

export interface CliOutput extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type CliInput = Readable & { readonly isTTY?: boolean };

export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: CliInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C: whatever runs stops, and `main` gives 130. */
  readonly signal?: AbortSignal;
}

/** Both ends are a terminal: a screen can be shown. */
export function isInteractive({ stdin, stdout, env }: CliIo): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb';
}
