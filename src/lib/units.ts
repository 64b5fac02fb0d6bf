// Bytes, durations and times as docker prints them (docker/go-units).

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * docker's human size: base 1000, `precision` significant digits, no space (`342.1MB`).
 * docker prints images with precision 3 and progress with 4.
 */
export function formatSize(sizeBytes: number, precision = 4): string {
  const sign = sizeBytes < 0 ? '-' : '';
  let value = Math.abs(sizeBytes);
  let unit = 0;
  while (value >= 1000 && unit < SIZE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${sign}${significant(value, precision)}${SIZE_UNITS[unit]}`;
}

/** Go's %.{precision}g for 0 <= value < 1000: significant digits, no trailing zeros. */
function significant(value: number, precision: number): string {
  return String(Number(value.toPrecision(precision)));
}

/** The size as screens show it: `342.1 MB`. */
export function displaySize(sizeBytes: number): string {
  return formatSize(sizeBytes).replace(/([kMGTP]?B)$/, ' $1');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** docker's human duration: `About a minute`, `3 weeks`. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / SECOND);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(durationMs / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(durationMs / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(durationMs / HOUR / 24 / 365)} years`;
}

/** `3 weeks ago`; `N/A` for a missing or unreadable time, as docker prints it. */
export function humanAgo(timestamp: string | undefined, nowMs: number): string {
  const thenMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(thenMs) ? 'N/A' : `${humanDuration(nowMs - thenMs)} ago`;
}

/** `1,204` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
