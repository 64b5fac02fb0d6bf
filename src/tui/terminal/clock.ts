// Time as an argument, so that pacing and key timeouts can be tested on virtual time.

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `run` once after `delayMs`. Returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
