// A baseline is the document that `phyllo analyze --json` printed for an earlier image.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { Baseline } from './gate.ts';

/** `name` is for errors. Throws `invalid-argument` for any other document. */
export function parseBaseline(text: string, name: string): Baseline {
  const document = parsed(text, name);
  const { schema, size, dead } = document as { schema?: unknown; size?: unknown; dead?: unknown };
  const total = (dead as { total?: unknown } | null | undefined)?.total;
  if (schema !== 'phyllo.analyze/1' || !isCount(size) || !isCount(total))
    throw unreadable(name, 'it is no document of phyllo analyze --json');
  return { sizeBytes: size, deadBytes: total };
}

function parsed(text: string, name: string): object {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    throw unreadable(name, 'it is no JSON');
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unreadable(name: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', safeText(`read baseline ${name}: ${reason}`), {
    hint: 'Make one with: phyllo analyze --json IMAGE > baseline.json',
  });
}
