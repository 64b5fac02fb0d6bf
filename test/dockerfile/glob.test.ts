import { describe, expect, test } from 'vitest';
import { compileGlob, matchGlob } from '../../src/dockerfile/glob.ts';
import { PhylloError } from '../../src/lib/errors.ts';

const raw = (text: string) => Buffer.from(text).toString('latin1');

describe('paths that match', () => {
  test.each([
    ['a', 'a'],
    ['a/b', 'a/b'],
    ['/a//b/', 'a/b'],
    ['*', 'a'],
    ['*', '.hidden'],
    ['*', ''.padEnd(200, 'x')],
    ['*.txt', 'a.txt'],
    ['*.txt', '.txt'],
    ['a*', 'a'],
    ['a*b*c', 'a-b-b-c'],
    ['a**c', 'abc'],
    ['a/*/c', 'a/b/c'],
    ['?', 'é'],
    ['???', '葉a😀'],
    ['[abc]', 'b'],
    ['[a-c]', 'c'],
    ['[^a-c]', 'd'],
    ['[^a]', '葉'],
    ['[α-ω]', 'λ'],
    ['[[]0', '[0'],
    ['[\\]]', ']'],
    ['[\\-x]', '-'],
    ['[a\\]]', ']'],
    ['arr[[]0].txt', 'arr[0].txt'],
    ['\\*', '*'],
    ['\\?\\[a\\]', '?[a]'],
    ['a\\b', 'ab'],
    ['a\\\\b', 'a\\b'],
    [']', ']'],
    ['**', 'a'],
  ])('%s: %s', (pattern, path) => {
    expect(matchGlob(pattern, raw(path))).toBe(true);
  });
});

describe('paths that do not', () => {
  test.each([
    ['a', 'b'],
    ['a', 'a/b'],
    ['a/b', 'a'],
    ['*', 'a/b'],
    ['*', ''],
    ['a/*', 'a'],
    ['a/*', 'a/b/c'],
    ['?', 'ab'],
    ['?', ''],
    ['[a-c]', 'd'],
    ['[a-c]', 'ab'],
    ['[c-a]', 'b'],
    ['[^a-c]', 'b'],
    ['[!a]', 'b'],
    ['\\*', 'a'],
    ['**', 'a/b'],
    ['a/**/b', 'a/b'],
    ['*.txt', 'a.txt.gz'],
    ['A', 'a'],
  ])('%s: %s', (pattern, path) => {
    expect(matchGlob(pattern, raw(path))).toBe(false);
  });
});

describe('** for directories', () => {
  test.each([
    ['**/x', 'x', true],
    ['**/x', 'a/b/x', true],
    ['**/x', 'a/b/y', false],
    ['a/**', 'a', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'b', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b/**/c', 'a/1/b/2/3/c', true],
    ['a/**/b/**/c', 'a/c', false],
    ['**/*.c', 'x.c', true],
    ['a**/b', 'ax/b', true],
    ['a**/b', 'ax/y/b', false],
  ])('%s: %s: %s', (pattern, path, expected) => {
    expect(matchGlob(pattern, path, { doubleStar: true })).toBe(expected);
  });
});

describe('components', () => {
  test('literals have raw names without escapes', () => {
    const glob = compileGlob('/dir/a\\*/葉\\[1]/');
    expect(glob.isLiteral).toBe(true);
    expect(glob.components.map(({ kind, text }) => [kind, text])).toEqual([
      ['literal', 'dir'],
      ['literal', 'a*'],
      ['literal', raw('葉[1]')],
    ]);
    expect(glob.components[1]!.matchComponent('a*')).toBe(true);
    expect(glob.components[1]!.matchComponent('ab')).toBe(false);
  });

  test('patterns keep theirs', () => {
    const glob = compileGlob('src/*.[ch]/**', { doubleStar: true });
    expect(glob.isLiteral).toBe(false);
    expect(glob.components.map(({ kind, text }) => [kind, text])).toEqual([
      ['literal', 'src'],
      ['pattern', '*.[ch]'],
      ['deep', '**'],
    ]);
    expect(glob.components[1]!.matchComponent('x.h')).toBe(true);
    expect(glob.components[1]!.matchComponent('x.o')).toBe(false);
    expect(glob.components[2]!.matchComponent('any')).toBe(true);
  });

  test('the root has none', () => {
    for (const pattern of ['', '/', '//']) {
      const glob = compileGlob(pattern);
      expect([glob.isLiteral, glob.components.length, glob.matches(''), glob.matches('a')]).toEqual([
        true,
        0,
        true,
        false,
      ]);
    }
  });
});

describe('refused', () => {
  test.each([
    '[',
    '[a',
    'x/[',
    '[]',
    '[]a]',
    '[^]',
    '[-]',
    '[a-]',
    '[a-',
    '\\',
    'a\\',
    '[\\',
    'a[b/c]',
    '*[\x1b',
  ])('%j', (pattern) => {
    let error: unknown;
    try {
      compileGlob(pattern);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PhylloError);
    expect(error).toMatchObject({ code: 'invalid-argument' });
    expect((error as PhylloError).message).not.toContain('\x1b');
  });
});

test('many stars are linear', () => {
  const start = performance.now();
  expect(matchGlob(`${'*a'.repeat(34)}b`, 'a'.repeat(4000))).toBe(false);
  expect(matchGlob(`${'**/'.repeat(400)}b`, 'a/'.repeat(400), { doubleStar: true })).toBe(false);
  expect(performance.now() - start).toBeLessThan(2000);
});
