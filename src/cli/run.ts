// The process: real streams, Ctrl-C, the exit code.
import { env, exit, stderr, stdin, stdout } from 'node:process';
import process from 'node:process';
import type { LaunchedAgent } from '../engine/linux/launch.ts';
import { main } from './main.ts';

/** Work that was told to stop gets this long to tidy up. What it leaves is tidied up by the next process. */
const STOP_MS = 1000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** `args` begins with the verb; `ahead` is what start.ts began before this was loaded. */
export async function run(args: readonly string[], ahead: LaunchedAgent | undefined): Promise<void> {
  const signals = new Signals();
  const { signal } = signals;
  const onSignal = (listener: (name: string) => void): (() => void) => signals.listen(listener);
  const code = await main(args, { stdout, stderr, stdin, env, signal, onSignal, ahead });
  process.exitCode = signals.exitCode ?? code;
  // Standard input that was opened but not read to its end would keep the process alive.
  stdin.destroy();
}

class Signals {
  /** Of the signal that stops the work. */
  exitCode: number | undefined;
  private readonly stopped = new AbortController();
  private readonly listeners = new Set<(name: string) => void>();

  constructor() {
    for (const [name, code] of Object.entries(SIGNALS)) process.on(name, () => this.handle(name, code));
  }

  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  listen(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private handle(name: string, code: number): void {
    if (this.listeners.size > 0) {
      for (const listener of this.listeners) listener(name);
      return;
    }
    // The second time nobody waits any longer.
    if (this.exitCode !== undefined) exit(code);
    this.exitCode = code;
    this.stopped.abort();
    setTimeout(() => exit(code), STOP_MS).unref();
  }
}
