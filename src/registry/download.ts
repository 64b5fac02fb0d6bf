// The bytes of a blob over as many connections as it takes. What came stays; what is missing is asked for by range.
import { PhylloError } from '../lib/errors.ts';
import { isTemporary } from './errors.ts';
import type { HttpAnswer } from './http.ts';
import { type RetryOptions, waitBeforeRetry } from './retry.ts';

export interface DownloadOptions {
  /** Where the bytes begin, and before which they end. */
  readonly start: number;
  readonly end: number;
  readonly isPart: boolean;
  /** Asks for the bytes from there. */
  readonly from: (offset: number) => Promise<HttpAnswer>;
  readonly retry: RetryOptions;
  /** Names the blob in errors. */
  readonly what: string;
}

/** Who gets this far between two failures has a connection that is worth another try. */
const PROGRESS_BYTES = 1024 * 1024;

/** Ends with `end` at the latest; earlier when the registry has no more. What comes is not verified. */
export async function* downloaded(first: HttpAnswer, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { start, end, what, retry } = options;
  let at = start;
  let answer: HttpAnswer | undefined = first;
  let failures = 0;
  let progressFrom = start;
  while (at < end) {
    try {
      answer ??= await options.from(at);
      for await (const chunk of piece(answer, { at, what })) {
        // More than a whole blob has is an error that its reader has to see; behind a part there may be more.
        const rest = options.isPart ? chunk.subarray(0, end - at) : chunk;
        at += rest.length;
        yield rest;
        if (at >= end && options.isPart) return;
      }
      return;
    } catch (error) {
      if (!isTemporary(error)) throw error;
      failures = at - progressFrom >= PROGRESS_BYTES ? 1 : failures + 1;
      progressFrom = at;
      if (failures >= retry.tries) throw error;
      await waitBeforeRetry(error, failures, retry);
      answer = undefined;
    }
  }
}

/** One answer, from `at` on, whatever it begins with. */
async function* piece(
  answer: HttpAnswer,
  { at, what }: { at: number; what: string },
): AsyncGenerator<Uint8Array> {
  let skip = at - startOf(answer, at, what);
  for await (const chunk of answer.body) {
    const rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** Where the answer's bytes begin in the blob. A registry that knows no ranges sends it all again. */
function startOf({ status, headers }: HttpAnswer, at: number, what: string): number {
  if (status === 200) return 0;
  const start = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 && start !== undefined && Number(start) <= at) return Number(start);
  throw new PhylloError('network', `read ${what}: the registry sends another range than was asked for`);
}
