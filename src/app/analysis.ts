// The analysis of an image's bytes on a thread of its own: half a second for 200,000 entries, too long for one that
// draws a screen.
import { Worker } from 'node:worker_threads';
import { Deaths } from '../analysis/deaths.ts';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { workerUrl } from '../lib/worker-entry.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { AnalysisJob } from './analysis-job.ts';
import type { AnalysisService, ImageAnalysis } from './analysis-services.ts';
import type { ExploredImage } from './services.ts';

const WORK = 'analyze layers';

export class AnalysisThreads implements AnalysisService {
  private readonly running = new Set<Worker>();

  async analyze(
    image: ExploredImage,
    stack: StackIndex,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ImageAnalysis> {
    if (signal?.aborted) throw cancelled();
    const worker = new Worker(workerUrl(import.meta.url, 'analysis-worker'), {
      workerData: jobOf(image, stack),
    });
    this.running.add(worker);
    const stop = (): void => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return revived(await resultOf(worker));
    } finally {
      signal?.removeEventListener('abort', stop);
      this.running.delete(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.running, (worker) => worker.terminate()));
  }
}

function jobOf({ rows, layers, bases }: ExploredImage, stack: StackIndex): AnalysisJob {
  return {
    trees: stack.trees.map(({ buffer }) => buffer),
    stack: stack.columns.buffer,
    rows,
    compressedBytes: stack.trees.map((_, layer) => layers[layer]?.compressedBytes ?? 0),
    baseLayers: bases[0] === undefined ? 0 : bases[0].layer + 1,
  };
}

function resultOf(worker: Worker): Promise<ImageAnalysis> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) => reject(toPhylloError(error, WORK)));
    worker.once('exit', () => reject(cancelled()));
  });
}

/** A copy between threads has the columns of a class but not its methods. */
function revived(analysis: ImageAnalysis): ImageAnalysis {
  const { report } = analysis;
  return { ...analysis, report: { ...report, deaths: Object.assign(new Deaths(0), report.deaths) } };
}

function cancelled(): PhylloError {
  return new PhylloError('cancelled', `${WORK}: cancelled`);
}
