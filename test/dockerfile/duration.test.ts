import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/dockerfile/duration.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['-0', 0],
  ['5s', 5e9],
  ['+5s', 5e9],
  ['-5s', -5e9],
  ['1m30s', 9e10],
  ['1h1m1s1ms1us1ns', 3_661_001_001_001],
  ['1.5h', 5.4e12],
  ['.5s', 5e8],
  ['5.s', 5e9],
  ['1\u00b5s', 1000],
  ['1\u03bcs', 1000],
  ['0.3ns', 0],
  ['30s1m', 9e10],
  ['2540400h10m10s', 9_145_440_610_000_000_000],
])('%s is %d nanoseconds', (text, nanos) => {
  expect(parseDuration(text)! + 0).toBe(nanos);
});

test.each([
  '',
  '-',
  '+',
  '.',
  '.s',
  's',
  '5',
  '1.2.3s',
  '5 s',
  '5S',
  '5x',
  '1h-5m',
  '5s ',
  '3000000h',
  `${'1'.repeat(200)}s`,
])('%j is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, '0s'],
  [1, '1ns'],
  [1100, '1.1\u00b5s'],
  [2_200_000, '2.2ms'],
  [3.3e9, '3.3s'],
  [5e9, '5s'],
  [6e10, '1m0s'],
  [9e10, '1m30s'],
  [245_000_000_001, '4m5.000000001s'],
  [8.64e13, '24h0m0s'],
  [-1.5e9, '-1.5s'],
])('%d nanoseconds print as %s', (nanos, text) => {
  expect(formatDuration(nanos)).toBe(text);
});

test('what is printed can be read again', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (nanos) => {
      expect(parseDuration(formatDuration(nanos))).toBe(nanos);
    }),
  );
});
