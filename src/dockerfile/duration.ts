// Durations as Go writes and reads them: `1m30s`, `1.5h`, `250ms`.

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  // Micro sign and Greek mu.
  '\u00b5s': 1000n,
  '\u03bcs': 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_NANOS = 2n ** 63n - 1n;
const MAX_LENGTH = 100;
const PART = /(\d*)(?:\.(\d*))?([^\d.]+)/g;

/** Nanoseconds, or undefined for what is no duration or too long for Go. */
export function parseDuration(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const unsigned = /^[-+]/.test(text) ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  if (unsigned === '') return undefined;
  let nanos = 0n;
  let read = 0;
  for (const [part, whole = '', fraction = '', unit = ''] of unsigned.matchAll(PART)) {
    read += part.length;
    const scale = UNIT_NANOS[unit];
    if (scale === undefined || whole + fraction === '') return undefined;
    nanos += BigInt(whole || 0) * scale + (BigInt(fraction || 0) * scale) / 10n ** BigInt(fraction.length);
  }
  if (read < unsigned.length || nanos > MAX_NANOS) return undefined;
  return text.startsWith('-') ? -Number(nanos) : Number(nanos);
}

/** Nanoseconds as Go prints a duration: `0s`, `1.5ms`, `1m30s`, `24h0m0s`. */
export function formatDuration(nanos: number): string {
  if (nanos < 0) return `-${formatDuration(-nanos)}`;
  if (nanos === 0) return '0s';
  const exact = BigInt(nanos);
  if (exact < 1000n) return `${exact}ns`;
  if (exact < 1_000_000n) return `${decimal(exact, 3)}\u00b5s`;
  if (exact < 1_000_000_000n) return `${decimal(exact, 6)}ms`;
  const minutes = exact / UNIT_NANOS['m']!;
  const seconds = `${decimal(exact % UNIT_NANOS['m']!, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `value` divided by ten to the power of `digits`, without zeros at its end. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = String(value % scale)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}
