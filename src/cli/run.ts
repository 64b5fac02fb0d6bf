// The process: real streams, Ctrl-C, the exit code.
import { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import process from 'node:process';
import { main } from './main.ts';

/** Work that was told to stop gets this long to tidy up. What it leaves is tidied up by the next process. */
const STOP_MS = 1000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const stopped = new AbortController();
let signalCode: number | undefined;
const listeners = new Set<(name: string) => void>();

for (const [signal, code] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    if (listeners.size > 0) {
      for (const listener of listeners) listener(signal);
      return;
    }
    // The second time nobody waits any longer.
    if (signalCode !== undefined) exit(code);
    signalCode = code;
    stopped.abort();
    setTimeout(() => exit(code), STOP_MS).unref();
  });
}

function onSignal(listener: (name: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// No await at the top: the program is bundled as a script.
void main(argv.slice(2), { stdout, stderr, stdin, env, signal: stopped.signal, onSignal }).then((code) => {
  process.exitCode = signalCode ?? code;
  // Standard input that was opened but not read to its end would keep the process alive.
  stdin.destroy();
});
