// What a COPY takes from its sources: links, wildcards, --parents, --exclude.
import { describe, expect, test } from 'vitest';
import { copied, paths, request, tree } from './trees.ts';

const CONTEXT = tree({
  'app.js': 'A',
  'README.md': 'R',
  'st*r': 'S',
  '\xc3\xa9.txt': 'E',
  'stray\xff': 'F',
  'wild/d1/one': '1',
  'wild/d2/two': '2',
  'wild/f3': '3',
  ldir: { link: 'wild' },
  lapp: { link: '/app.js' },
  labs: { link: '/../../etc' },
  'etc/passwd': 'ours',
  outside: { link: '../../../etc/shadow' },
  loop: { link: 'loop' },
  'src/a.ts': 'a',
  'src/a.test.ts': 't',
  'src/lib/b.ts': 'b',
  'src/lib/b.test.ts': 'u',
  'src/lib/deep/c.md': 'c',
});

describe('paths', () => {
  test.each<[words: string, expected: string[]]>([
    ['../../app.js /x', ['x = A']],
    ['/app.js /x', ['x = A']],
    ['wild/d1/../../app.js /x', ['x = A']],
    ['app.js/ /x/', ['x/', 'x/app.js = A']],
    ['lapp /x/', ['x/', 'x/lapp = A']],
    ['ldir/d1 /x', ['x/', 'x/one = 1']],
    ['labs/passwd /x', ['x = ours']],
    ['labs /x', ['x/', 'x/passwd = ours']],
    ['wild/d1/. /x', ['x/', 'x/one = 1']],
    ['/ /x', expect.arrayContaining(['x/lapp -> /app.js', 'x/wild/d1/one = 1'])],
  ])('COPY %s', async (words, expected) => {
    expect(paths(await copied(request(CONTEXT, words)))).toEqual(expected);
  });

  test.each<[word: string, hint: string | undefined]>([
    ['app.jss', 'Did you mean app.js?'],
    ['readme.md', 'Did you mean README.md?'],
    ['/src/lob/b.ts', 'Did you mean src/lib/b.ts?'],
    ['ldir/d9/one', 'Did you mean ldir/d1/one?'],
    ['entirely/else', undefined],
    ['outside', undefined],
    ['wilds/*', 'Did you mean wild?'],
  ])('%s is not there', async (word, hint) => {
    await expect(copied(request(CONTEXT, `${word} /x`))).rejects.toMatchObject({ code: 'not-found', hint });
  });

  test('an error shows no raw bytes', async () => {
    await expect(copied(request(CONTEXT, 'a\x1b2J /x'))).rejects.toThrow(
      'copy a\\x1b2J: there is no such file or directory',
    );
  });

  test('links in circles are refused', async () => {
    await expect(copied(request(CONTEXT, 'loop /x'))).rejects.toThrow(/\/loop: its links lead in circles/);
  });

  test('names from a URL are no patterns', async () => {
    const from = { isLiteral: true };
    expect(paths(await copied(request(CONTEXT, 'st*r /x/', { from })))).toEqual(['x/', 'x/st*r = S']);
  });
});

describe('wildcards', () => {
  test.each<[words: string, expected: string[]]>([
    ['wild/* /w', ['w/', 'w/f3 = 3', 'w/one = 1', 'w/two = 2']],
    ['w*/d?/* /w/', ['w/', 'w/one = 1', 'w/two = 2']],
    ['ldir/d* /w/', ['w/', 'w/one = 1', 'w/two = 2']],
    ['ldi*/d1 /w/', []],
    ['lap? /w', ['w = A']],
    ['[a-b]pp.js /w', ['w = A']],
    ['st[*]r /w', ['w = S']],
    ['?.txt /w/', ['w/', 'w/\xc3\xa9.txt = E']],
    ['stray? /w', ['w = F']],
    ['\u00e9.tx? /w', ['w = E']],
    ['\u00e9.txt /w', ['w = E']],
  ])('COPY %s', async (words, expected) => {
    expect(paths(await copied(request(CONTEXT, words)))).toEqual(expected);
  });

  test('one that meets nothing makes nothing, and it is told', async () => {
    expect(await copied(request(CONTEXT, 'none* /x/'))).toEqual({
      lines: [],
      warnings: ['copy none*: the pattern matches nothing'],
    });
    expect(paths(await copied(request(CONTEXT, 'none* app.js /x/')))).toEqual(['x/', 'x/app.js = A']);
  });

  test('one that cannot be read is an error', async () => {
    await expect(copied(request(CONTEXT, 'a[b /x'))).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});

describe('--exclude', () => {
  test.each<[words: string, exclude: string[], expected: string[]]>([
    [
      'src /x',
      ['*.test.ts'],
      [
        'x/',
        'x/a.ts = a',
        'x/lib/',
        'x/lib/b.test.ts = u',
        'x/lib/b.ts = b',
        'x/lib/deep/',
        'x/lib/deep/c.md = c',
      ],
    ],
    ['src /x', ['**/*.test.ts', 'lib/deep'], ['x/', 'x/a.ts = a', 'x/lib/', 'x/lib/b.ts = b']],
    [
      'src /x',
      ['lib', '!lib/deep/c.md'],
      ['x/', 'x/a.test.ts = t', 'x/a.ts = a', 'x/lib/', 'x/lib/deep/', 'x/lib/deep/c.md = c'],
    ],
    ['src /x', ['*'], ['x/']],
    ['wild/* /x', ['one'], ['x/', 'x/f3 = 3', 'x/two = 2']],
    ['app.js /x', ['app.js'], ['x = A']],
  ])('COPY %s without %j', async (words, exclude, expected) => {
    expect(paths(await copied(request(CONTEXT, words, { exclude })))).toEqual(expected);
  });
});

describe('--parents', () => {
  test.each<[words: string, expected: string[]]>([
    ['src/lib/b.ts /x/', ['x/', 'x/src/', 'x/src/lib/', 'x/src/lib/b.ts = b']],
    ['./src/a.ts /x/', ['x/', 'x/src/', 'x/src/a.ts = a']],
    ['src/./lib/b.ts /x/', ['x/', 'x/lib/', 'x/lib/b.ts = b']],
    ['src/./lib/./b.ts /x/', ['x/', 'x/lib/', 'x/lib/b.ts = b']],
    ['src/lib/deep/. /x/', ['x/', 'x/src/', 'x/src/lib/', 'x/src/lib/deep/', 'x/src/lib/deep/c.md = c']],
    [
      'src/./* /x/',
      [
        'x/',
        'x/a.test.ts = t',
        'x/a.ts = a',
        'x/lib/',
        'x/lib/b.test.ts = u',
        'x/lib/b.ts = b',
        'x/lib/deep/',
        'x/lib/deep/c.md = c',
      ],
    ],
    ['src/**/c.md /x/', ['x/', 'x/src/', 'x/src/lib/', 'x/src/lib/deep/', 'x/src/lib/deep/c.md = c']],
    ['sr*/./**/b.* /x/', ['x/', 'x/lib/', 'x/lib/b.test.ts = u', 'x/lib/b.ts = b']],
    ['wild/d*/./o* /x/', ['x/', 'x/one = 1']],
    ['src/none* /x/', ['x/']],
  ])('COPY %s', async (words, expected) => {
    expect(paths(await copied(request(CONTEXT, words, { parents: true })))).toEqual(expected);
  });

  test('what has to be there is', async () => {
    const copy = request(CONTEXT, 'src/./lob/b.ts /x/', { parents: true });
    await expect(copied(copy)).rejects.toMatchObject({
      code: 'not-found',
      hint: 'Did you mean src/lib/b.ts?',
    });
  });

  test('with --exclude', async () => {
    const copy = request(CONTEXT, 'src/./lib /x/', { parents: true, exclude: ['**/*.ts'] });
    expect(paths(await copied(copy))).toEqual(['x/', 'x/lib/', 'x/lib/deep/', 'x/lib/deep/c.md = c']);
  });

  test('directories on the way are as in the source; one that is there keeps its owner', async () => {
    const source = tree({ 'p/': { mode: 0o711, uid: 4, gid: 4 }, 'p/f': 'F' });
    const copy = request(source, 'p/f /', { parents: true, from: { keepsOwners: true } });
    expect((await copied(copy)).lines).toEqual(['711 4:4 100 p/', '644 0:0 100 p/f = F']);
    const below = tree({ 'p/': { uid: 9, gid: 9, mtimeSeconds: 2 } });
    expect((await copied(copy, below)).lines).toEqual(['711 9:9 2 p/', '644 0:0 100 p/f = F']);
  });
});
