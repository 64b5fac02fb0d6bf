// A bounded pool of index workers. Jobs wait in line; a cancelled job's worker is terminated and replaced on demand.
import { Worker } from 'node:worker_threads';
import { type ErrorCode, PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { workerUrl } from '../lib/worker-entry.ts';
import type { IndexJob, IndexReply, IndexResult, TocResult } from './index-job.ts';
import type { PackedToc } from '../layer/toc-place.ts';
import { runIndexJob } from './index-run.ts';
import { LayerTree } from './layer-tree.ts';
import type { SearchQuery } from './search.ts';
import { StackIndex } from './stack-index.ts';
import type { TocTree } from './toc-tree.ts';

export interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number) => void;
}

const SEARCH_PATIENCE_MS = 250;
const YOUNG_MB = 4;
const SMALL_BYTES = 1024 * 1024;
const SMALL_TOC_BYTES = 64 * 1024;
const SMALL_TREE_BYTES = 1024 * 1024;

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
  private readonly smallJobsHere: boolean;
  private closed = false;

  /** `smallJobsHere`: this thread does what is less work than starting a worker. Not for one that draws a screen. */
  constructor(maxWorkers: number, { smallJobsHere = false }: { smallJobsHere?: boolean } = {}) {
    this.maxWorkers = Math.max(1, maxWorkers);
    this.smallJobsHere = smallJobsHere;
  }

  /** Rejects with the layer's error: `invalid-archive`, `digest-mismatch`, `cancelled` … */
  async indexLayer(
    job: Omit<Extract<IndexJob, { kind: 'index' }>, 'kind'>,
    options: JobOptions = {},
  ): Promise<{ tree: LayerTree; verified: boolean }> {
    const { buffer, verified } = (await this.run({ kind: 'index', ...job }, options)) as IndexResult;
    return { tree: LayerTree.from(buffer), verified };
  }

  /** Rejects with what is wrong with the table. */
  async indexToc(toc: PackedToc, options: JobOptions = {}): Promise<TocTree> {
    const { buffer, chunks } = (await this.run({ kind: 'toc', toc }, options)) as TocResult;
    return { tree: LayerTree.from(buffer), chunks };
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
    const { signal } = options;
    if (this.closed || signal?.aborted) return Promise.reject(cancelled());
    if (this.smallJobsHere && this.idle.length === 0 && isSmall(job)) return this.runHere(job, options);
    let stop: (() => void) | undefined;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { job, options, resolve, reject };
      stop = (): void => {
        if (!this.waiting.includes(waiting)) return;
        this.waiting = this.waiting.filter((other) => other !== waiting);
        reject(cancelled());
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(waiting);
      this.startNext();
    }).finally(() => signal?.removeEventListener('abort', stop!));
  }

  /** Starting a worker takes longer. */
  private async runHere(job: IndexJob, { onProgress }: JobOptions): Promise<unknown> {
    try {
      return await runIndexJob(job, new Map(), (doneBytes) => onProgress?.(doneBytes));
    } catch (error) {
      throw toPhylloError(error, `${job.kind} layers`);
    }
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
    // A small young generation: what is unpacked is garbage at once, and is given back soon.
    const worker = new Worker(workerUrl(import.meta.url, 'index-worker'), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // One that dies between jobs is no news; the next job gets another.
    worker.on('error', ignore);
    worker.on('exit', () => {
      const at = this.idle.indexOf(worker);
      if (at >= 0) this.idle.splice(at, 1);
    });
    // An idle worker must not keep the process alive.
    worker.unref();
    return worker;
  }

  private assign(worker: Worker, { job, options, resolve, reject }: Waiting): void {
    let patience: NodeJS.Timeout | undefined;
    const finish = (reuse: boolean): void => {
      clearTimeout(patience);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      options.signal?.removeEventListener('abort', onAbort);
      this.busy.delete(worker);
      worker.unref();
      if (reuse && !this.closed) this.idle.push(worker);
      else void worker.terminate();
      if (!this.closed) this.startNext();
    };
    const onAbort = (): void => {
      reject(cancelled());
      if (job.kind !== 'search') return finish(false);
      // Searches that are typed end by themselves, and a worker that has the paths is worth a moment; a pattern that
      // never ends is not.
      patience = setTimeout(() => finish(false), SEARCH_PATIENCE_MS);
    };
    const onMessage = (message: IndexReply): void => {
      if (message.kind === 'progress') return options.onProgress?.(message.doneBytes);
      finish(true);
      if (message.kind === 'done') resolve(message.result);
      else reject(fromWire(message.error));
    };
    const onError = (error: unknown): void => {
      finish(false);
      reject(workerError(error, job));
    };
    const onExit = (): void => {
      finish(false);
      reject(this.closed ? cancelled() : new PhylloError('io', `${job.kind} layers: the worker stopped`));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    worker.ref();
    worker.postMessage(job);
  }
}

/** Some ten milliseconds of work; a worker takes a hundred to begin. */
function isSmall(job: IndexJob): boolean {
  switch (job.kind) {
    case 'index':
      return job.location.sizeBytes <= SMALL_BYTES;
    case 'toc':
      return job.toc.data.length <= SMALL_TOC_BYTES;
    case 'merge':
      return job.trees.reduce((sum, { byteLength }) => sum + byteLength, 0) <= SMALL_TREE_BYTES;
    case 'search':
      return false;
  }
}

function ignore(): void {}

/** A worker that runs out of memory takes nothing else with it. */
function workerError(error: unknown, job: IndexJob): PhylloError {
  if (isSystemError(error, 'ERR_WORKER_OUT_OF_MEMORY')) {
    return new PhylloError('limit-exceeded', `${job.kind} layers: it takes more memory than there is`, {
      cause: error,
    });
  }
  return toPhylloError(error, `${job.kind} layers`);
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
