// Trying again: waiting longer each time, or as long as the server asks for, if that is not too long.
import { PhylloError } from '../lib/errors.ts';
import { isTemporary } from './errors.ts';

export interface RetryOptions {
  /** In all. */
  readonly tries: number;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Between 0 and 1: not everybody shall come back at the same moment. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
  /** Once a second while it waits. */
  readonly onWait?: (wait: Waiting) => void;
}

export interface Waiting {
  readonly leftSeconds: number;
  readonly error: PhylloError;
}

const FIRST_WAIT_MS = 500;
/** A server that asks for more is not waited for. */
const LONGEST_WAIT_MS = 60_000;
const TICK_MS = 1000;

export async function retrying<Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTemporary(error) || attempt >= options.tries) throw error;
      await waitBeforeRetry(error, attempt, options);
    }
  }
}

/** `attempt` counts from 1. Throws the error itself, with a hint, when the server asks for too long a wait. */
export async function waitBeforeRetry(
  error: PhylloError,
  attempt: number,
  options: RetryOptions,
): Promise<void> {
  const { sleep, random, signal, onWait } = options;
  const asked = error.data['retryAfterMs'];
  if (typeof asked === 'number' && asked > LONGEST_WAIT_MS) throw tooLong(error, asked);
  const ownMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + random() / 2);
  let leftMs = typeof asked === 'number' ? asked : ownMs;
  while (leftMs > 0) {
    onWait?.({ leftSeconds: Math.ceil(leftMs / 1000), error });
    const stepMs = Math.min(leftMs, TICK_MS);
    await sleep(stepMs, signal).catch((reason: unknown) => {
      throw new PhylloError('cancelled', 'wait for the registry: cancelled', { cause: reason });
    });
    leftMs -= stepMs;
  }
}

function tooLong(error: PhylloError, askedMs: number): PhylloError {
  return new PhylloError(error.code, error.message, {
    hint: `It asks to come back in ${Math.ceil(askedMs / 1000)} seconds.`,
    data: { ...error.data, temporary: false },
    cause: error,
  });
}
