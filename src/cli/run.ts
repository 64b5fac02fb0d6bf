// The process: real streams, Ctrl-C, the exit code.
import { env, exit, stderr, stdin, stdout } from 'node:process';
import process from 'node:process';
import type { LaunchedAgent } from '../engine/linux/launch.ts';
import { main } from './main.ts';

/** Work that was told to stop gets this long to tidy up. What it leaves is tidied up by the next process. */
const STOP_MS = 1000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type Listener = (name: string) => void;

/** `args` begins with the verb; `ahead` is what start.ts began before this was loaded. */
export async function run(args: readonly string[], ahead: LaunchedAgent | undefined): Promise<void> {
  const signals = new Signals();
  const { signal } = signals;
  const code = await main(args, { stdout, stderr, stdin, env, signal, onSignal: signals.listen, ahead });
  process.exitCode = signals.exitCode ?? code;
  // Standard input that was opened but not read to its end would keep the process alive.
  stdin.destroy();
}

class Signals {
  /** Of the signal that stops the work. */
  exitCode: number | undefined;
  private readonly stopped = new AbortController();
  /** With the names of what each listens to. */
  private readonly listeners = new Map<Listener, readonly string[]>();

  constructor() {
    for (const [name, code] of Object.entries(SIGNALS)) process.on(name, () => this.handle(name, code));
  }

  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  readonly listen = (listener: Listener, names: readonly string[] = Object.keys(SIGNALS)): (() => void) => {
    this.listeners.set(listener, names);
    return () => this.listeners.delete(listener);
  };

  private handle(name: string, code: number): void {
    const listeners = [...this.listeners.keys()].filter((each) => this.listeners.get(each)!.includes(name));
    for (const listener of listeners) listener(name);
    if (listeners.length > 0) return;
    // The second time nobody waits any longer.
    if (this.exitCode !== undefined) exit(code);
    this.exitCode = code;
    this.stopped.abort();
    setTimeout(() => exit(code), STOP_MS).unref();
  }
}
