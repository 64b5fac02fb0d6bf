import { describe, expect, test } from 'vitest';
import { excerpt } from '../../src/dockerfile/excerpt.ts';
import type { Diagnostic } from '../../src/dockerfile/instruction.ts';

function diagnostic(start: readonly [number, number], end = start, hint?: string): Diagnostic {
  const [range, message] = [
    { start: { line: start[0], column: start[1] }, end: { line: end[0], column: end[1] } },
    'it is wrong',
  ];
  return { severity: 'error', rule: 'syntax', message, range, ...(hint !== undefined && { hint }) };
}

function show(source: string, ...place: Parameters<typeof diagnostic>): readonly string[] {
  return excerpt(source, diagnostic(...place), 'a/Dockerfile').split('\n');
}

describe('an excerpt', () => {
  test('has place, line, carets and hint', () => {
    expect(show('FROM a\nCOPY x y\n', [2, 6], [2, 7], 'do it')).toEqual([
      'a/Dockerfile:2:6: it is wrong',
      '  COPY x y',
      '       ^',
      'do it',
    ]);
  });

  test.each([
    ['several characters', 'abcdef', [1, 2], [1, 5], ['  abcdef', '   ^^^']],
    ['no characters', 'abc', [1, 2], [1, 2], ['  abc', '   ^']],
    ['the end of the line', 'abc', [1, 4], [1, 4], ['  abc', '     ^']],
    ['an empty line', 'a\n\nb', [2, 1], [2, 1], ['  ', '  ^']],
    [
      'a range over several lines stops at the end of its first',
      'abc\ndef',
      [1, 2],
      [2, 3],
      ['  abc', '   ^^'],
    ],
    ['tabs keep the carets in place', '\tab\tc', [1, 5], [1, 6], ['      ab    c', '            ^']],
    ['a marked tab', 'a\tb', [1, 2], [1, 3], ['  a    b', '   ^^^^']],
    ['carriage returns are not shown', 'abc\r\nd', [1, 3], [2, 1], ['  abc', '    ^']],
    ['the mark at the start of the file is not shown', '\ufeffabc', [1, 1], [1, 2], ['  abc', '  ^']],
    ['escapes move the carets', '\x1bab', [1, 2], [1, 3], ['  \\x1bab', '      ^']],
    ['a marked escape', 'a\x1bb', [1, 2], [1, 3], ['  a\\x1bb', '   ^^^^']],
  ] as const)('%s', (_, source, start, end, expected) => {
    expect(show(source, start, end).slice(1)).toEqual(expected);
  });

  test('of a place that is not in the text is the message alone', () => {
    expect(show('a', [5, 1])).toEqual(['a/Dockerfile:5:1: it is wrong']);
  });

  test('of a long line is cut around the place', () => {
    const source = `${'a'.repeat(5_000)}X${'b'.repeat(5_000)}`;
    const [, line, carets] = show(source, [1, 5_001], [1, 5_002]);
    expect(line).toBe(`  …${'a'.repeat(50)}X${'b'.repeat(49)}…`);
    expect(line!.indexOf('X')).toBe(carets!.indexOf('^'));
    expect(show(source, [1, 1], [1, 9_000])[1]).toBe(`  ${'a'.repeat(100)}…`);
    expect(show(source, [1, 10_002], [1, 10_002])[1]).toBe(`  …${'b'.repeat(100)}`);
  });

  test('never cuts a character in two', () => {
    for (const at of [1, 101, 103]) {
      const [, line] = show(`x${'😀'.repeat(200)}`, [1, at + 1], [1, at + 3]);
      expect(line).not.toContain('\\ud');
    }
  });
});
