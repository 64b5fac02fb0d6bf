import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IgnorePatterns, excludePatterns, parseIgnore } from '../../src/dockerfile/ignore.ts';
import { PhylloError } from '../../src/lib/errors.ts';

const raw = (text: string) => Buffer.from(text).toString('latin1');

/** The paths of `paths` (separated by blanks) that are left out. */
function ignored(patterns: IgnorePatterns, paths: string): string {
  return paths
    .split(' ')
    .filter((path) => patterns.matches(raw(path)))
    .join(' ');
}

function errorOf(run: () => unknown): PhylloError {
  try {
    run();
  } catch (error) {
    if (error instanceof PhylloError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('one pattern', () => {
  test.each([
    ['a', 'a a/b a/b/c ab b/a ba', 'a a/b a/b/c'],
    ['a/b', 'a a/b a/b/c a/bc b', 'a/b a/b/c'],
    ['/a', 'a a/b b/a', 'a a/b'],
    ['a/', 'a a/b', 'a a/b'],
    ['./a/../b//c/', 'a b b/c b/c/d', 'b/c b/c/d'],
    ['*', 'a a/b .x', 'a a/b .x'],
    ['*.log', 'x.log .log a/x.log x.log/a log', 'x.log .log x.log/a'],
    ['*/x', 'x a/x a/b/x', 'a/x'],
    ['*/*/x', 'x a/x a/b/x a/b/x/y', 'a/b/x a/b/x/y'],
    ['a*c', 'ac abc a/c abd', 'ac abc'],
    ['a?c', 'ac abc a/c abbc', 'abc'],
    ['?', 'a é aé 葉', 'a é 葉'],
    ['[a-c]x', 'ax bx dx x', 'ax bx'],
    ['[^a-c]x', 'ax bx dx x', 'dx'],
    ['[é葉]', 'é 葉 a', 'é 葉'],
    ['[\\]]', '] a', ']'],
    ['[a\\-c]', 'a b c -', 'a c -'],
    ['x]', 'x] x', 'x]'],
    ['\\*', '* a', '*'],
    ['\\#a', '#a a', '#a'],
    ['\\!a', '!a a', '!a'],
    ['a\\\\b', 'a\\b ab', 'a\\b'],
    ['a.b', 'a.b axb', 'a.b'],
    ['a+(b)|c$', 'a+(b)|c$ aab', 'a+(b)|c$'],
    ['{a,b}', '{a,b} a b', '{a,b}'],
    ['**', 'a a/b', 'a a/b'],
    ['**/', 'a a/b', 'a a/b'],
    ['**/**', 'a a/b', 'a a/b'],
    ['**/x', 'x a/x a/b/x ax a/xb x/y', 'x a/x a/b/x x/y'],
    ['**/x/y', 'x/y a/x/y x a/x', 'x/y a/x/y'],
    ['**/*.o', 'x.o a/x.o a/b/x.o x.oo', 'x.o a/x.o a/b/x.o'],
    ['**x', 'x ax a/bx a/x xb', 'x ax a/bx a/x'],
    ['**.o', 'x.o a/x.o .o x.oo', 'x.o a/x.o .o'],
    ['**x*', 'x ax a/x a/xb', 'x a/x a/xb'],
    ['a/**', 'a a/b a/b/c ab', 'a/b a/b/c'],
    ['a**', 'a ab ab/c b', 'a ab ab/c'],
    ['a/**/b', 'a/b a/x/b a/x/y/b a/xb ab', 'a/b a/x/b a/x/y/b'],
    ['a**b', 'ab axb a/b ax/y/b', 'ab a/b ax/y/b'],
    ['a/**/b/**/c', 'a/b/c a/x/b/y/c a/c', 'a/b/c a/x/b/y/c'],
    ['**/a/**', 'a a/b x/a/b x/a', 'a/b x/a/b'],
    ['***', 'a a/b', 'a a/b'],
    ['.', 'a .a', ''],
    ['..', 'a ..a', ''],
    ['../a', 'a', ''],
    ['/', 'a', ''],
    ['.*', '.git .git/x a a/.git', '.git .git/x'],
    ['葉*', '葉っぱ 葉 っぱ', '葉っぱ 葉'],
  ])('%s', (pattern, paths, expected) => {
    expect(ignored(parseIgnore(pattern), paths)).toBe(expected);
  });
});

describe('the last pattern that matches decides', () => {
  test.each([
    ['*|!a', 'a b a/x b/x', 'b b/x'],
    ['!a|*', 'a b', 'a b'],
    ['**|!a/b', 'a a/b a/b/c a/x', 'a a/x'],
    ['a|!a/b|a/b/c', 'a a/x a/b a/b/x a/b/c a/b/c/d', 'a a/x a/b/c a/b/c/d'],
    ['*.md|!README.md', 'a.md README.md', 'a.md'],
    ['*.md|!README*.md|README-secret.md', 'x.md README.md README-secret.md', 'x.md README-secret.md'],
    ['a|!a/b|a', 'a a/b', 'a a/b'],
    ['**/*.o|!keep/**', 'x.o keep/x.o keep/a/x.o', 'x.o'],
    ['!a', 'a b', ''],
    ['a|! /a', 'a', ''],
    ['node_modules|!node_modules/**/*.css', 'node_modules/a.js node_modules/x/y.css', 'node_modules/a.js'],
    ['*|!src|src/*.tmp', 'x src src/a src/a.tmp', 'x src/a.tmp'],
  ])('%s', (lines, paths, expected) => {
    expect(ignored(parseIgnore(lines.replaceAll('|', '\n')), paths)).toBe(expected);
  });
});

describe('lines', () => {
  test.each([
    ['# note\na', 'a # note', 'a'],
    [' # a', '# a', ''],
    ['\ufeff# note\nb', 'b #', 'b'],
    ['\ufeffa', 'a', 'a'],
    ['  a  \t', 'a', 'a'],
    ['a\r\nb\r\n', 'a b', 'a b'],
    ['\n\n\na', 'a', 'a'],
    ['', 'a', ''],
    ['a b', 'a b', ''],
    ['! a\n', 'a', ''],
  ])('%j', (content, paths, expected) => {
    expect(ignored(parseIgnore(content), paths)).toBe(expected);
  });

  test('a name with a blank', () => {
    expect(parseIgnore('a b').matches('a b')).toBe(true);
  });

  test('bytes that are no UTF-8', () => {
    const patterns = parseIgnore(Buffer.from('x\xff*\n[^\xfe]y\n?z', 'latin1'));
    expect(
      ['x\xff', 'x\xffa', 'x\xfe', '\xfey', '\xffy', '\xfez', '\xfe\xfez'].filter((p) => patterns.matches(p)),
    ).toEqual(['x\xff', 'x\xffa', '\xffy', '\xfez']);
  });

  test.each([
    ['a\n!', 2, 'a ! needs a pattern'],
    ['a\n\n!  \n', 3, 'a ! needs a pattern'],
    ['!/', 1, 'a ! needs a pattern'],
    ['#\n[a', 2, 'a [ is not closed'],
    ['[', 1, 'a [ is not closed'],
    ['[]', 1, 'is empty'],
    ['[]a]', 1, 'is empty'],
    ['[-a]', 1, 'out of place'],
    ['[a-]', 1, 'out of place'],
    ['a\\', 1, 'ends with a backslash'],
    ['!a\\', 1, 'ends with a backslash'],
    ['x'.repeat(5000), 1, 'longer than 4096'],
    ['\x1b[2J[', 1, '\\x1b'],
  ])('%j is refused in line %d', (content, line, reason) => {
    const error = errorOf(() => parseIgnore(content));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain(`line ${line}: `);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('\x1b');
    expect(error.data.line).toBe(line);
  });

  test('too many patterns are refused', () => {
    expect(errorOf(() => parseIgnore('a\n'.repeat(10_001))).code).toBe('limit-exceeded');
  });
});

describe('what a walk may skip', () => {
  test.each([
    ['a', 'a', false],
    ['a', 'b', true],
    ['*|!b', 'a', false],
    ['*|!a/b', 'a', true],
    ['*|!a/b', 'b', false],
    ['*|!a/b/c', 'a/b', true],
    ['*|!a/b/c', 'a/c', false],
    ['*|!**/x', 'a/b/c', true],
    ['*|!*/x', 'a', true],
    ['*|!*/x', 'a/b', false],
    ['*|!a*/x', 'b', false],
    ['*|!a/b|a', 'a', false],
    ['*|!a/b|a/b', 'a', true],
    ['!a/b|*', 'a', false],
    ['*|!a', 'a', true],
    ['a/b|!a/b/c', 'a', true],
  ])('%s: in %s: %s', (lines, path, expected) => {
    expect(parseIgnore(lines.replaceAll('|', '\n')).mayContain(path)).toBe(expected);
  });

  test('a directory that may be skipped holds nothing that is kept', () => {
    const part = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '?', '[^a]', 'a**b');
    const line = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([isException, parts]) => (isException ? '!' : '') + parts.join('/'));
    const name = fc.constantFrom('a', 'b', 'ab', 'x', 'axb');
    const path = fc.array(name, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), path, (lines, names) => {
        const patterns = parseIgnore(lines.join('\n'));
        if (patterns.matches(names.join('/'))) return;
        for (let depth = 1; depth < names.length; depth++) {
          expect(patterns.mayContain(names.slice(0, depth).join('/'))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a walk keeps its state', () => {
    const patterns = parseIgnore('node_modules\n!node_modules/keep\n**/*.o');
    const folder = patterns.descend(patterns.root, 'node_modules');
    expect([folder.isIgnored, folder.mayContain]).toEqual([true, true]);
    const keep = patterns.descend(folder, 'keep');
    expect([keep.isIgnored, keep.mayContain]).toEqual([false, true]);
    expect(patterns.descend(keep, 'x.o').isIgnored).toBe(true);
    expect(patterns.descend(keep, 'x.c').isIgnored).toBe(false);
    expect(patterns.descend(folder, 'other')).toMatchObject({ isIgnored: true, mayContain: false });
    expect(patterns.root).toMatchObject({ isIgnored: false, mayContain: true });
  });

  test.each([
    ['', true, false],
    ['!a', true, true],
    ['a', false, false],
    ['a\n!b', false, true],
  ])('%j: empty %s, exceptions %s', (content, isEmpty, hasExceptions) => {
    expect(parseIgnore(content)).toMatchObject({ isEmpty, hasExceptions });
  });
});

describe('--exclude', () => {
  test.each([
    [['*.md', '!README.md'], 'a.md README.md b', 'a.md'],
    [['a/', ' b '], 'a b a/x', 'a b a/x'],
    [['/a'], 'a', ''],
    [['# a'], 'a #', ''],
    [['#a'], 'a #a', '#a'],
    [['葉'], '葉 a', '葉'],
    [['', '  '], 'a', ''],
    [[], 'a', ''],
  ])('%j', (patterns, paths, expected) => {
    expect(ignored(excludePatterns(patterns), paths)).toBe(expected);
  });

  test.each(['!', '[', 'a\\'])('%s is refused', (pattern) => {
    expect(errorOf(() => excludePatterns(['a', pattern]))).toMatchObject({
      code: 'invalid-argument',
      data: {},
    });
  });
});

describe('time', () => {
  test.each([
    ['34 stars', '*'.repeat(34), 'a'.repeat(4000)],
    ['stars and letters', `${'*a'.repeat(34)}b`, 'a'.repeat(4000)],
    ['directories', `${'**/'.repeat(34)}b`, 'a/'.repeat(2000)],
    ['all kinds of stars', `${'***/'.repeat(500)}b`, 'a/'.repeat(200)],
    ['directories in names', `${'a**'.repeat(34)}b`, 'a'.repeat(4000)],
    ['question marks', '?'.repeat(4000), 'a'.repeat(4000)],
  ])('%s take linear time', (_, pattern, path) => {
    const start = performance.now();
    parseIgnore(pattern).matches(path);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('a hundred thousand paths', () => {
    const patterns = parseIgnore(
      '.git\n**/*.log\n**/__pycache__\ndist\nbuild/*\n!build/keep\n*.md\n!README.md\n**/tmp-*/x',
    );
    const start = performance.now();
    let kept = 0;
    for (let folder = 0; folder < 1000; folder++) {
      const state = patterns.descend(patterns.root, `folder-${folder}`);
      for (let file = 0; file < 100; file++) {
        if (!patterns.descend(state, `some-file-${file}${file % 10 === 0 ? '.log' : '.ts'}`).isIgnored)
          kept++;
      }
    }
    expect(kept).toBe(90_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
