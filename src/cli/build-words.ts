// A build told in words: names of steps, why something had to be built again.
import { isMasked } from '../build/build-args.ts';
import type { BuildStep, CacheVerdict, KeyDifference } from '../build/build.ts';
import { safeText } from '../lib/text.ts';

const MAX_VALUE_LENGTH = 60;
const DIGEST = /^(?:sha256:)?[0-9a-f]{64}$/;

/** `[build 2/6] COPY src /src`: its stage, its number there. */
export function stepTitle(step: BuildStep, steps: readonly BuildStep[]): string {
  const ofStage = steps.filter(({ stage }) => stage === step.stage);
  const isAlone = steps.every(({ stage }) => stage === step.stage);
  const stage = step.stageName ?? (isAlone ? '' : `stage-${step.stage}`);
  const number = `${ofStage.indexOf(step) + 1}/${ofStage.length}`;
  return `[${[safeText(stage), number].filter(Boolean).join(' ')}] ${instructionLine(step)}`;
}

function instructionLine({ instruction, isTrigger }: BuildStep): string {
  const text = instruction.text.replace(/\s+/g, ' ');
  return safeText(isTrigger ? `ONBUILD ${text}` : text);
}

/** `content of src/app.ts changed`, `build-arg VERSION: 1 → 2`; undefined for a hit. */
export function missReason(verdict: CacheVerdict, steps: readonly BuildStep[]): string | undefined {
  if (verdict.kind !== 'miss') return undefined;
  switch (verdict.why) {
    case 'off':
      return 'the cache is off';
    case 'gone':
      return 'its layer is not in the store any more';
    case 'new':
      return 'not built before';
    case 'changed':
      return verdict.difference ? differenceText(verdict.difference, steps) : 'changed';
  }
}

function differenceText({ name, before, after, step }: KeyDifference, steps: readonly BuildStep[]): string {
  const shown = safeText(name);
  if (name === 'parent') {
    const at = steps.findIndex(({ id }) => id === step);
    return at < 0 ? 'parent changed' : `parent changed at step ${at + 1}`;
  }
  if (before === undefined) return `${shown} is new`;
  if (after === undefined) return `${shown} is gone`;
  if ([before, after].some((value) => isLong(value) || isMasked(value) || name.startsWith('content of ')))
    return `${shown} changed`;
  return `${shown}: ${safeText(before)} → ${safeText(after)}`;
}

function isLong(value: string): boolean {
  return value.length > MAX_VALUE_LENGTH || DIGEST.test(value);
}

export function seconds(ms: number | undefined): string {
  return `${((ms ?? 0) / 1000).toFixed(1)}s`;
}
