// Times on the command line: RFC 3339, a date, seconds since the epoch, or how long ago (`10m`, `1h30m`), as docker has it.
import { usageError } from './usage.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds since the epoch. */
export function parseMoment(verb: string, text: string, nowMs: number): number {
  const ago = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text);
  if (ago) {
    const parts = Array.from(text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g));
    return nowMs - parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
  }
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw usageError(
    verb,
    `${JSON.stringify(text)} is no time: give 2024-05-01T12:00:00Z, or how long ago, such as 10m`,
  );
}
