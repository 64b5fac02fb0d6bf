import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displaySize, formatCount, formatSize, humanAgo, humanDuration } from '../../src/lib/units.ts';

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [1234, '1.23kB'],
  [187_000_000, '187MB'],
  [1_234_567_890, '1.23GB'],
])('docker prints %d bytes as %s', (sizeBytes, text) => {
  expect(formatSize(sizeBytes, 3)).toBe(text);
});

test('screens put a space before the unit', () => {
  expect(displaySize(342_123_456)).toBe('342.1 MB');
  expect(displaySize(0)).toBe('0 B');
  expect(displaySize(-1500)).toBe('-1.5 kB');
});

const HOUR = 3_600_000;
test.each([
  [0, 'Less than a second'],
  [1000, '1 second'],
  [59_000, '59 seconds'],
  [60_000, 'About a minute'],
  [59 * 60_000, '59 minutes'],
  [HOUR, 'About an hour'],
  [47 * HOUR, '47 hours'],
  [48 * HOUR, '2 days'],
  [14 * 24 * HOUR, '2 weeks'],
  [60 * 24 * HOUR, '2 months'],
  [3 * 365 * 24 * HOUR, '3 years'],
])('%d ms is %s', (durationMs, text) => {
  expect(humanDuration(durationMs)).toBe(text);
});

test('an unreadable time is N/A', () => {
  expect(humanAgo(undefined, 0)).toBe('N/A');
  expect(humanAgo('yesterday', 0)).toBe('N/A');
  expect(humanAgo('1970-01-01T00:00:00Z', 2000)).toBe('2 seconds ago');
});

test('counts are grouped', () => {
  expect([1, 1204, 1_000_000].map(formatCount)).toEqual(['1', '1,204', '1,000,000']);
});

test('a size in words is the size, to the digits that are shown', () => {
  const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
  fc.assert(
    fc.property(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: 1, max: 6 }),
      (sizeBytes, precision) => {
        const [, value, prefix] = /^([\d.]+)([kMGTP]?)B$/.exec(formatSize(sizeBytes, precision))!;
        const shown = Number(value) * factors[prefix!]!;
        expect(Math.abs(shown - sizeBytes)).toBeLessThanOrEqual(
          sizeBytes * 0.5 * 10 ** (1 - precision) * (1 + 1e-9),
        );
      },
    ),
  );
});
