// Work that several callers wait for: done once, and stopped only when nobody waits for it any more.
import { PhylloError } from '../lib/errors.ts';

export class SharedTask<Result> {
  private readonly controller = new AbortController();
  private readonly result: Promise<Result>;
  private waiting = 0;

  /** `work` has to reject soon after its signal fires, with everything cleaned up. */
  constructor(work: (signal: AbortSignal) => Promise<Result>) {
    this.result = work(this.controller.signal);
    // Whoever waits sees the error.
    this.result.catch(() => undefined);
  }

  /** Nobody waits any more; whoever comes now has to begin anew. */
  get isAbandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** Rejects with `cancelled` when `signal` fires; for the last one that waits, when the work has stopped. */
  join(signal: AbortSignal | undefined): Promise<Result> {
    if (signal?.aborted) return Promise.reject(cancelled());
    this.waiting++;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        if (--this.waiting === 0) this.controller.abort();
        else reject(cancelled());
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.result.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave));
    });
  }
}

function cancelled(): PhylloError {
  return new PhylloError('cancelled', 'wait: cancelled');
}
