// Starts the thread of a process: it loads the shell and waits to be told what to run, so that it can be started before
// that is known.
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../lib/worker-entry.ts';
import { compiledCode } from '../../lib/compiled-code.ts';
import { THREAD_MEMORY_MB } from './shell-limits.ts';

/** The first message to it is a `ThreadStart`. Nothing of our environment is there. */
export function startThread(): Worker {
  return new Worker(workerUrl(import.meta.url, 'shell-worker'), {
    env: compiledCode(),
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  });
}
