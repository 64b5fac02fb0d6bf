// Worker thread: does index jobs, one at a time. It is stopped by terminating it, so it never leaves half of anything behind:
// results go back as shared buffers, the caller writes the cache.
import { parentPort } from 'node:worker_threads';
import { toPhylloError } from '../lib/errors.ts';
import type { IndexJob, IndexReply } from './index-job.ts';
import { runIndexJob } from './index-run.ts';

function reply(message: IndexReply): void {
  parentPort!.postMessage(message);
}

function serve(): void {
  const memory = new Map<SharedArrayBuffer, string[]>();
  parentPort!.on('message', (job: IndexJob) => {
    runIndexJob(job, memory, (doneBytes) => reply({ kind: 'progress', doneBytes })).then(
      (result) => reply({ kind: 'done', result }),
      (error: unknown) => {
        const { code, message, hint, data } = toPhylloError(error, `${job.kind} layers`);
        reply({ kind: 'failed', error: { code, message, hint, data } });
      },
    );
  });
}

serve();
