import { describe, expect, test } from 'vitest';
import { parseDiveCi } from '../../../src/analysis/gate/dive-ci.ts';
import { diveSizeText, isSwitchedOff, parseBytes, parseRatio } from '../../../src/analysis/gate/limits.ts';

describe('.dive-ci', () => {
  test('rules with comments, quotes and sections of others', () => {
    const text = `---
plugins:
  - plugin1
  - {a: b}

# What we allow.
rules:
  # a share
  lowestEfficiency: 0.95
  highestWastedBytes: "20 MB"   # decimal
  HIGHESTUSERWASTEDPERCENT: '0.20'

  plugin1/rule1: error
other: [1, 2]
more:
  lowestEfficiency: 0.1
`;
    expect(parseDiveCi(text, '.dive-ci')).toEqual({
      rules: { lowestEfficiency: '0.95', highestWastedBytes: '20 MB', highestUserWastedPercent: '0.20' },
      unknown: ['plugin1/rule1'],
    });
  });

  test('limits of paths', () => {
    const text = `rules:
    highestPathBytes:
        /var/cache: 1MB
        "*.pem": absent
        'it''s': 0B
    highestGrowth: 5MB\r
    unknown:
        a: b
`;
    expect(parseDiveCi(text, 'x')).toEqual({
      rules: {
        highestGrowth: '5MB',
        highestPathBytes: [
          ['/var/cache', '1MB'],
          ['*.pem', 'absent'],
          ["it's", '0B'],
        ],
      },
      unknown: ['unknown'],
    });
  });

  test.each(['', '\ufeff# nothing\n', 'rules:\n', 'rules: {}\n', '---\nrules: ~\n...\n', 'a: b\n'])(
    '%j has no rules',
    (text) => {
      expect(parseDiveCi(text, 'x')).toEqual({ rules: {}, unknown: [] });
    },
  );

  test.each([
    ['rules: {lowestEfficiency: 1}\n', 1],
    ['rules: &anchor\n', 1],
    ['rules:\n\tlowestEfficiency: 1\n', 2],
    ['rules:\n  - lowestEfficiency: 1\n', 2],
    ['rules:\n  lowestEfficiency 1\n', 2],
    ['rules:\n  lowestEfficiency: *x\n', 2],
    ['rules:\n  lowestEfficiency: |\n    1\n', 2],
    ['rules:\n  lowestEfficiency: "1\n', 2],
    ['rules:\n    lowestEfficiency: 1\n  highestGrowth: 1\n', 3],
  ])('%j cannot be read', (text, line) => {
    expect(() => parseDiveCi(text, 'x')).toThrow(new RegExp(`^read x: line ${line}: `));
  });

  test('takes no longer for long lines than for short ones', () => {
    const start = performance.now();
    for (const part of ['a', ' ', '"', "'", '\\', ':', '#', 'a: ', "''", '\\"'])
      for (const before of ['rules:\n  ', 'rules:\n  "', "rules:\n  a: '", 'rules:\n  a: ', ''])
        expect(() => {
          try {
            parseDiveCi(before + part.repeat(30_000), 'x');
          } catch {
            // Refused is as good as read.
          }
        }).not.toThrow();
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('limits', () => {
  test.each([
    ['20MB', 20_000_000],
    ['20Mb', 20_000_000],
    ['20 mib', 20 * 1024 ** 2],
    ['1k', 1000],
    ['1Ki', 1024],
    ['1.5kB', 1500],
    ['1,024', 1024],
    ['.5kB', 500],
    ['0', 0],
    ['7B', 7],
    ['2 EB', 2e18],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each(['', 'kB', '1.2.3', '-1', '1 XB', '1bb', '100EB', '1e3', '1 k B', 'disabled', '9'.repeat(200)])(
    '%s is no size',
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );

  test.each([
    ['0', 0],
    ['1', 1],
    ['0.95', 0.95],
    [' .5 ', 0.5],
    ['5e-1', 0.5],
    ['1.', 1],
  ])('%s is the ratio %d', (text, ratio) => {
    expect(parseRatio(text)).toBe(ratio);
  });

  test.each(['', '1.01', '-0.1', 'NaN', 'Inf', '0x1', '50%', '0,5', '0'.repeat(200)])(
    '%s is no ratio',
    (text) => {
      expect(parseRatio(text)).toBeUndefined();
    },
  );

  test('words that switch a rule off', () => {
    expect(['disabled', 'Off', ' false', ''].map(isSwitchedOff)).toEqual([true, true, true, true]);
    expect(['0', '1', 'no'].map(isSwitchedOff)).toEqual([false, false, false]);
  });

  test.each([
    [0, '0 B'],
    [9, '9 B'],
    [10, '10 B'],
    [999, '999 B'],
    [6405, '6.4 kB'],
    [12_810, '13 kB'],
    [32_025, '32 kB'],
    [1_234_567, '1.2 MB'],
    [82_854_982, '83 MB'],
  ])('%d bytes read %s in the text of dive', (bytes, text) => {
    expect(diveSizeText(bytes)).toBe(text);
  });
});
