// What a simulated shell may use. Time and loops are not bounded: a container is ended by whoever watches it; memory is.
import type { BashOptions } from 'just-bash';

const MANY = Number.MAX_SAFE_INTEGER;
/** Of one command: its output, a file, a variable. */
const MAX_BYTES = 128 * 1024 * 1024;
/** The longest that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const SHELL_LIMITS: NonNullable<BashOptions['executionLimits']> = {
  maxCommandCount: MANY,
  maxLoopIterations: MANY,
  maxAwkIterations: MANY,
  maxSedIterations: MANY,
  maxJqIterations: MANY,
  maxWorkUnits: MANY,
  maxTraversalEntries: MANY,
  maxTraversalWork: MANY,
  maxGlobOperations: MANY,
  maxExecutionTimeMs: MAX_TIMER_MS,
  maxStringLength: MAX_BYTES,
  maxOutputSize: MANY,
  maxInputBytes: MANY,
  maxLiveBytes: 512 * 1024 * 1024,
  maxCallDepth: 200,
};

export const THREAD_MEMORY_MB = 1536;
