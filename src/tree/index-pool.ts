// A bounded pool of index workers. Jobs wait in line; a cancelled job's worker is terminated and replaced on demand.
import { Worker } from 'node:worker_threads';
import { type ErrorCode, PhylloError, toPhylloError } from '../lib/errors.ts';
import { workerUrl } from '../lib/worker-entry.ts';
import type { IndexJob, IndexReply, IndexResult } from './index-job.ts';
import { LayerTree } from './layer-tree.ts';
import type { SearchQuery } from './search.ts';
import { StackIndex } from './stack-index.ts';

export interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number) => void;
}

interface Waiting {
  readonly job: IndexJob;
  readonly options: JobOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: PhylloError) => void;
}

export class IndexPool {
  private readonly maxWorkers: number;
  private readonly idle: Worker[] = [];
  private readonly busy = new Set<Worker>();
  private waiting: Waiting[] = [];
  private closed = false;

  constructor(maxWorkers: number) {
    this.maxWorkers = Math.max(1, maxWorkers);
  }

  /** Rejects with the layer's error: `invalid-archive`, `digest-mismatch`, `cancelled` … */
  async indexLayer(
    job: Omit<Extract<IndexJob, { kind: 'index' }>, 'kind'>,
    options: JobOptions = {},
  ): Promise<{ tree: LayerTree; verified: boolean }> {
    const { buffer, verified } = (await this.run({ kind: 'index', ...job }, options)) as IndexResult;
    return { tree: LayerTree.from(buffer), verified };
  }

  async merge(trees: readonly LayerTree[], options: JobOptions = {}): Promise<StackIndex> {
    const job: IndexJob = { kind: 'merge', trees: trees.map(({ buffer }) => buffer) };
    return StackIndex.from(trees, (await this.run(job, options)) as SharedArrayBuffer);
  }

  async search(stack: StackIndex, query: SearchQuery, options: JobOptions = {}): Promise<Int32Array> {
    const trees = stack.trees.map(({ buffer }) => buffer);
    const job: IndexJob = { kind: 'search', trees, stack: stack.columns.buffer, query };
    return (await this.run(job, options)) as Int32Array;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(cancelled());
    await Promise.all([...this.idle.splice(0), ...this.busy].map((worker) => worker.terminate()));
  }

  private run(job: IndexJob, options: JobOptions): Promise<unknown> {
    if (this.closed || options.signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { job, options, resolve, reject };
      const stop = (): void => {
        if (!this.waiting.includes(waiting)) return;
        this.waiting = this.waiting.filter((other) => other !== waiting);
        reject(cancelled());
      };
      options.signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(waiting);
      this.startNext();
    });
  }

  private startNext(): void {
    while (this.waiting.length > 0 && this.busy.size < this.maxWorkers) {
      const next = this.waiting.shift()!;
      const worker = this.idle.pop() ?? this.spawn();
      this.busy.add(worker);
      this.assign(worker, next);
    }
  }

  private spawn(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, 'index-worker'));
    worker.setMaxListeners(20);
    // An idle worker must not keep the process alive.
    worker.unref();
    return worker;
  }

  private assign(worker: Worker, { job, options, resolve, reject }: Waiting): void {
    const finish = (reuse: boolean): void => {
      // Never all at once: that takes the worker's own listeners too, and it would not hear its messages any more.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      options.signal?.removeEventListener('abort', abort);
      this.busy.delete(worker);
      worker.unref();
      if (reuse && !this.closed) this.idle.push(worker);
      else void worker.terminate();
      if (!this.closed) this.startNext();
    };
    const abort = (): void => {
      finish(false);
      reject(cancelled());
    };
    worker.on('message', (message: IndexReply) => {
      if (message.kind === 'progress') return options.onProgress?.(message.doneBytes);
      finish(true);
      if (message.kind === 'done') resolve(message.result);
      else reject(fromWire(message.error));
    });
    worker.on('error', (error) => {
      finish(false);
      reject(toPhylloError(error, `${job.kind} layers`));
    });
    worker.on('exit', () => {
      finish(false);
      reject(this.closed ? cancelled() : new PhylloError('io', `${job.kind} layers: the worker stopped`));
    });
    options.signal?.addEventListener('abort', abort, { once: true });
    worker.ref();
    worker.postMessage(job);
  }
}

function cancelled(): PhylloError {
  return new PhylloError('cancelled', 'index layers: cancelled');
}

function fromWire(error: {
  code: string;
  message: string;
  hint: string | undefined;
  data: object;
}): PhylloError {
  return new PhylloError(error.code as ErrorCode, error.message, {
    hint: error.hint,
    data: { ...error.data },
  });
}
