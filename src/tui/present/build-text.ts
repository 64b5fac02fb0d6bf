// What is said of a step of a build, in words. Pure.
import type { BuildStep, CacheVerdict, KeyDifference, StepId } from '../../build/build.ts';
import { safeText } from '../../lib/text.ts';
import type { Token } from '../theme/theme.ts';
import { truncate } from '../width.ts';

/** `RUN make -j4`, in one line. */
export function stepTitle({ instruction }: BuildStep): string {
  return safeText(instruction.text.trim().replace(/\s+/g, ' '));
}

/** `350 ms`, `1.2 s`, `2 min 5 s` */
export function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))} ms`;
  if (durationMs < 60_000) return `${(Math.floor(durationMs / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const MISSES = {
  new: 'nothing like it was built before',
  changed: 'something changed',
  off: 'the cache is off',
  gone: 'its layer is not in the store any more',
} as const;

/** `miss: build-arg VERSION 1 → 2`; `numberOf` tells the number of a step. */
export function verdictText(verdict: CacheVerdict, numberOf: (step: StepId) => number): string {
  if (verdict.kind === 'hit') return 'cache hit';
  if (verdict.kind === 'none') return 'nothing to cache';
  const { why, difference } = verdict;
  return `miss: ${difference ? differenceText(difference, numberOf) : MISSES[why]}`;
}

const MAX_VALUE_COLUMNS = 32;

function differenceText(difference: KeyDifference, numberOf: (step: StepId) => number): string {
  const { before, after, step } = difference;
  const name = safeText(difference.name);
  if (step !== undefined) return `${name} changed at step ${numberOf(step)}`;
  if (before === undefined)
    return after === undefined ? `${name} changed` : `${name} is new: ${valueText(after)}`;
  if (after === undefined) return `${name} is gone, it was ${valueText(before)}`;
  // Digests tell people nothing but that they differ.
  if (isDigestLike(before) && isDigestLike(after)) return `${name} changed`;
  return `${name} ${valueText(before)} → ${valueText(after)}`;
}

function isDigestLike(text: string): boolean {
  return /^(?:[a-z0-9]+:)?[0-9a-f]{32,128}$/.test(text);
}

function valueText(value: string): string {
  return value === '' ? '(empty)' : truncate(safeText(value), MAX_VALUE_COLUMNS);
}

export interface StepState {
  readonly text: string;
  readonly token: Token;
}

/** `✓ done in 1.2 s`; glyph and word. */
export function stateText(step: BuildStep, nowMs: number): StepState {
  const { status, durationMs, startedMs } = step;
  const took = durationMs === undefined ? '' : durationText(durationMs);
  switch (status) {
    case 'pending':
      return { text: 'not run yet', token: 'muted' };
    case 'running': {
      const since = startedMs === undefined ? '' : ` for ${durationText(nowMs - startedMs)}`;
      return { text: `${spinner(nowMs)} running${since}`, token: 'accent' };
    }
    case 'done':
      return { text: `✓ done${took && ` in ${took}`}`, token: 'success' };
    case 'cached':
      return { text: '⚡ cached', token: 'success' };
    case 'failed':
      return { text: `✗ failed${took && ` after ${took}`}`, token: 'error' };
  }
}

const SPINNER = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇'] as const;
/** Four frames a second: more would cost bytes on a slow link for nothing. */
export const SPINNER_MS = 250;

export function spinner(nowMs: number): string {
  return SPINNER[Math.floor(nowMs / SPINNER_MS) % SPINNER.length]!;
}
