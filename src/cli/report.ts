// What an error looks like: `phyllo: verb object: reason`, then what can be done about it.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { CliIo } from './io.ts';
import { Output } from './output.ts';
import { isUsageError } from './usage.ts';
import type { ExitCodes } from './verb.ts';

const CANCELLED = 130;

/** `exitCodes` are the verb's own. */
export function exitCodeOf(error: PhylloError, exitCodes?: ExitCodes): number {
  if (error.code === 'cancelled') return CANCELLED;
  if (exitCodes) return isUsageError(error) ? exitCodes.usage : exitCodes.failed;
  return error.code === 'invalid-argument' ? 2 : 1;
}

export async function reportError(error: PhylloError, { stderr }: CliIo, isDebug: boolean): Promise<void> {
  // Whoever pressed Ctrl-C knows.
  if (error.code === 'cancelled' && !isDebug) return;
  const lines = [`phyllo: ${safeText(error.message)}`];
  if (error.hint !== undefined) lines.push(`  ${safeText(error.hint)}`);
  if (isDebug) lines.push(...causes(error));
  await new Output(stderr).lines(lines).catch(() => undefined);
}

function causes(error: PhylloError): string[] {
  const lines = [`  code: ${error.code}`];
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) {
    lines.push(`  caused by ${at.name}: ${safeText(at.message)}`);
    const frames = at instanceof PhylloError ? [] : (at.stack ?? '').split('\n').slice(1);
    lines.push(...frames.map((frame) => `    ${safeText(frame.trim())}`));
  }
  return lines;
}
