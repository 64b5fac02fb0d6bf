// Entry point of the program that holds one virtual container, and of the threads in which its processes run.
import { once } from 'node:events';
import process, { argv, stderr } from 'node:process';
import { isMainThread, parentPort } from 'node:worker_threads';
import type { EndMessage, ThreadStart } from './thread-messages.ts';

async function begin(): Promise<void> {
  const [, , mode = '', directory = ''] = argv;
  if (!isMainThread) return runThread();
  if (mode === 'serve') {
    const { serveContainer } = await import('./host.ts');
    await serveContainer(directory);
  } else {
    stderr.write(`phyllo: start shell: it has no mode ${JSON.stringify(mode)}\n`);
    process.exitCode = 64;
  }
}

async function runThread(): Promise<void> {
  const { runShellThread } = await import('./shell-thread.ts');
  const [start] = (await once(parentPort!, 'message')) as [ThreadStart];
  const exitCode = await runShellThread(parentPort!, start);
  const end: EndMessage = { exitCode };
  parentPort!.postMessage(end);
  parentPort!.close();
}

// No await at the top: it is bundled as a script.
void begin();
