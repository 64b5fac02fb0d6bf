// Where COPY puts things and what they are there: BuildKit's rules, one by one.
import { describe, expect, test } from 'vitest';
import { parseMode } from '../../../src/build/copy/mode.ts';
import { planCopy } from '../../../src/build/copy/plan.ts';
import { type Tree, copied, paths, request, tree } from './trees.ts';

const CONTEXT = tree({
  a: 'A',
  b: { content: 'B', mode: 0o4755, uid: 5, gid: 6 },
  'dir/': { mode: 0o750, mtimeSeconds: 70 },
  'dir/x': 'X',
  'dir/sub/': { mode: 0o701, mtimeSeconds: 80 },
  'dir/sub/y': 'Y',
  'dir/link': { link: 'sub' },
});
const TARGET: Tree = {
  'srv/data/': { mode: 0o700, uid: 7, gid: 7 },
  'srv/data/keep': 'kept',
  'srv/dangling': { link: '../missing/deep' },
  'srv/out': { link: '../../../../etc' },
  datalink: { link: '/srv/data' },
  filelink: { link: '/file' },
  file: 'old',
  'etc/': {},
  loop: { link: 'pool' },
  pool: { link: 'loop' },
};

describe('destinations', () => {
  test.each<[words: string, expected: string[]]>([
    ['a /x', ['x = A']],
    ['a /x/', ['x/', 'x/a = A']],
    ['a /x/.', ['x/', 'x/a = A']],
    ['a /x/y', ['x/', 'x/y = A']],
    ['a /', ['a = A']],
    ['a /srv/data', ['srv/', 'srv/data/', 'srv/data/a = A']],
    ['a /srv/data/keep', ['srv/', 'srv/data/', 'srv/data/keep = A']],
    ['a //q/./r/../s', ['q/', 'q/s = A']],
    ['a ../../../up', ['up = A']],
    ['a /filelink', ['file = A']],
    ['a /datalink/z', ['srv/', 'srv/data/', 'srv/data/z = A']],
    ['a /srv/out/z', ['etc/', 'etc/z = A']],
    ['a /srv/dangling', ['missing/', 'missing/deep = A']],
    ['a /srv/dangling/', ['missing/', 'missing/deep/', 'missing/deep/a = A']],
    ['dir/sub /srv/dangling', ['missing/', 'missing/deep/', 'missing/deep/y = Y']],
    ['dir/sub /new', ['new/', 'new/y = Y']],
    ['dir/sub/ /new/', ['new/', 'new/y = Y']],
    ['dir/sub /srv/data', ['srv/', 'srv/data/', 'srv/data/y = Y']],
    ['dir/sub dir/x /new', ['new/', 'new/x = X', 'new/y = Y']],
  ])('COPY %s', async (words, expected) => {
    expect(paths(await copied(request(CONTEXT, words), tree(TARGET)))).toEqual(expected);
  });

  test.each<[destination: string, workingDir: string, expected: string]>([
    ['x', '/w', 'w/x = A'],
    ['.', '/w', 'w/a = A'],
    ['', '/w', 'w/a = A'],
    ['./', '/w/', 'w/a = A'],
    ['../x', '/w/v', 'w/x = A'],
  ])('%j is relative to %s', async (destination, workingDir, expected) => {
    const copy = { ...request(CONTEXT, 'a /'), destination, workingDir };
    expect(paths(await copied(copy)).at(-1)).toBe(expected);
  });

  test.each<[words: string, message: RegExp]>([
    ['a /loop', /\/loop: its links lead in circles/],
    ['a /loop/x', /\/loop: its links lead in circles/],
    ['dir /file', /copy to \/file: it is there and not a directory/],
    ['dir /filelink', /copy to \/file: it is there and not a directory/],
    ['a /file/', /copy to \/file: it is there and not a directory/],
    ['a /file/x', /copy to \/file: it is there and not a directory/],
    ['a dir /new', /copy to \/new: it is there and not a directory/],
    ['a /.wh.a', /names that begin with \.wh\. mean deletions/],
  ])('COPY %s is refused', async (words, message) => {
    await expect(copied(request(CONTEXT, words), tree(TARGET))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(message),
    });
  });

  test('a directory and a file do not replace each other below the destination either', async () => {
    const source = tree({ 'd/file': 'x', 'e/etc': 'x' });
    await expect(copied(request(source, 'd /'), tree({ 'file/': {} }))).rejects.toThrow(
      /a file cannot replace it/,
    );
    await expect(copied(request(tree({ 'd/file/x': '' }), 'd /'), tree(TARGET))).rejects.toThrow(
      /not a directory/,
    );
    await expect(copied(request(tree({ 'd/datalink/x': '' }), 'd /'), tree(TARGET))).rejects.toThrow(
      /not a directory/,
    );
  });

  test('a link in place of a copied file is replaced, not followed', async () => {
    const source = tree({ 'd/filelink': 'new' });
    expect(paths(await copied(request(source, 'd /'), tree(TARGET)))).toEqual(['filelink = new']);
    expect(paths(await copied(request(tree({ filelink: 'new' }), 'filelink /'), tree(TARGET)))).toEqual([
      'filelink = new',
    ]);
  });
});

describe('attributes', () => {
  test('what is made is 755, the destination keeps what it is, directories within take those of the source', async () => {
    const { lines } = await copied(request(CONTEXT, 'dir /new/deep'));
    expect(lines).toEqual([
      '755 0:0 1000 new/',
      '755 0:0 1000 new/deep/',
      '777 0:0 100 new/deep/link -> sub',
      '701 0:0 80 new/deep/sub/',
      '644 0:0 100 new/deep/sub/y = Y',
      '644 0:0 100 new/deep/x = X',
    ]);
    const below = tree({
      'd/': { mode: 0o711, uid: 9, mtimeSeconds: 3 },
      'd/sub/': { mode: 0o777, uid: 9 },
      'd/sub/old': '',
    });
    expect((await copied(request(CONTEXT, 'dir /d'), below)).lines).toEqual([
      '711 9:0 3 d/',
      '777 0:0 100 d/link -> sub',
      '701 0:0 80 d/sub/',
      '644 0:0 100 d/sub/y = Y',
      '644 0:0 100 d/x = X',
    ]);
  });

  test('a context belongs to root, a stage keeps owners; --chown is for all, made directories as well', async () => {
    const stage = { keepsOwners: true };
    const owner = { uid: 1, gid: 2 };
    expect((await copied(request(CONTEXT, 'b /x'))).lines).toEqual(['4755 0:0 100 x = B']);
    expect((await copied(request(CONTEXT, 'b /x', { from: stage }))).lines).toEqual(['4755 5:6 100 x = B']);
    expect((await copied(request(CONTEXT, 'b /n/', { from: stage, owner }))).lines).toEqual([
      '755 1:2 1000 n/',
      '4755 1:2 100 n/b = B',
    ]);
  });

  test('--chmod is for what is copied, not for what is made, nor for links', async () => {
    const { lines } = await copied(request(CONTEXT, 'dir /n/m', { mode: parseMode('u=rwX,go=') }));
    expect(lines).toEqual([
      '755 0:0 1000 n/',
      '755 0:0 1000 n/m/',
      '777 0:0 100 n/m/link -> sub',
      '700 0:0 80 n/m/sub/',
      '600 0:0 100 n/m/sub/y = Y',
      '600 0:0 100 n/m/x = X',
    ]);
  });

  test('of extended attributes only capabilities of stages stay', async () => {
    const xattrs = new Map([
      ['security.capability', Buffer.from('c')],
      ['user.note', Buffer.from('n')],
    ]);
    const source = tree({ a: { content: 'A', xattrs } });
    expect((await copied(request(source, 'a /a'))).lines).toEqual(['644 0:0 100 a = A']);
    expect((await copied(request(source, 'a /a', { from: { keepsOwners: true } }))).lines).toEqual([
      '644 0:0 100 a = A +security.capability',
    ]);
  });

  test('devices and pipes are nodes; a device that would be a whiteout is left out', async () => {
    const source = tree({
      'd/null': { type: 'char', devMajor: 1, devMinor: 3, mode: 0o640 },
      'd/loop': { type: 'block', devMajor: 7, devMinor: 0 },
      'd/pipe': { type: 'fifo' },
      'd/gone': { type: 'char', devMajor: 0, devMinor: 0 },
    });
    const copy = await copied(request(source, 'd /t'));
    expect(paths(copy)).toEqual(['t/', 't/loop block 7,0', 't/null char 1,3', 't/pipe fifo']);
    expect(copy.warnings).toEqual(['left out, in a layer it would mean a deletion: /d/gone']);
  });

  test('names that mean deletions are left out with all below', async () => {
    const source = tree({ 'd/.wh.etc': 'x', 'd/.wh.dir/x': 'x', 'd/ok': 'o', '.wh.top': 'x' });
    const copy = await copied(request(source, 'd .wh.top /t/'));
    expect(paths(copy)).toEqual(['t/', 't/ok = o']);
    expect(copy.warnings).toEqual([
      'left out, in a layer it would mean a deletion: /d/.wh.dir and 1 more',
      'left out, its name would mean a deletion: /t/.wh.top',
    ]);
  });

  test('parents that exist come along as they are', async () => {
    const below = tree({ 'p/': { mode: 0o1777, uid: 3, gid: 4, mtimeSeconds: 9 } });
    expect((await copied(request(CONTEXT, 'a /p/a'), below)).lines).toEqual([
      '1777 3:4 9 p/',
      '644 0:0 100 p/a = A',
    ]);
  });
});

describe('hard links', () => {
  const source = tree({
    'd/one': { content: '1', inode: 'i' },
    'd/two': { content: '1', inode: 'i' },
    'd/zero': { content: '0', inode: 'j' },
  });

  test('stay within one source', async () => {
    expect(paths(await copied(request(source, 'd /t')))).toEqual([
      't/',
      't/one = 1',
      't/two links t/one',
      't/zero = 0',
    ]);
    expect(paths(await copied(request(source, 'd/one d/two /t/')))).toEqual(['t/', 't/one = 1', 't/two = 1']);
    expect(paths(await copied(request(source, 'd/* /t/')))).toEqual([
      't/',
      't/one = 1',
      't/two = 1',
      't/zero = 0',
    ]);
  });

  test('a name that is overwritten does not take the other one along', async () => {
    const both = tree({
      'd/one': { content: '1', inode: 'i' },
      'd/two': { content: '1', inode: 'i' },
      one: 'new',
    });
    expect(paths(await copied(request(both, 'd one /t/')))).toEqual(['t/', 't/one = new', 't/two = 1']);
  });
});

describe('several sources', () => {
  test('the last one wins, and it is told', async () => {
    const copy = await copied(request(CONTEXT, 'a b /x'));
    expect(paths(copy)).toEqual(['x = B']);
    expect(copy.warnings).toEqual(['written more than once, the last source wins: /x']);
  });

  test('heredocs come last, with a name of their own', async () => {
    const copy = request(CONTEXT, 'a /t/', {
      files: { 'one.txt': 'hello\n', 'b/two': '2' },
      owner: { uid: 3, gid: 3 },
    });
    expect((await copied(copy)).lines).toEqual([
      '755 3:3 1000 t/',
      '644 3:3 100 t/a = A',
      '644 3:3 1000 t/one.txt = hello\n',
      '644 3:3 1000 t/two = 2',
    ]);
    const only = { ...request(CONTEXT, '/t', { files: { EOF: 'x' } }), sources: [] };
    expect(paths(await copied(only))).toEqual(['t = x']);
  });
});

describe('--link', () => {
  test('nothing below is looked at', async () => {
    const copy = request(CONTEXT, 'a /datalink/', { link: true });
    expect((await copied(copy, tree(TARGET))).lines).toEqual([
      '755 0:0 1000 datalink/',
      '644 0:0 100 datalink/a = A',
    ]);
    expect(paths(await copied(request(CONTEXT, 'a /srv/data', { link: true }), tree(TARGET)))).toEqual([
      'srv/',
      'srv/data = A',
    ]);
  });

  test('has no effect beside --chmod', async () => {
    const copy = request(CONTEXT, 'a /datalink/', { link: true, mode: parseMode('600') });
    expect((await copied(copy, tree(TARGET))).lines.at(-1)).toBe('600 0:0 100 srv/data/a = A');
  });
});

test('an empty directory of a base that has no root of its own can be copied to', async () => {
  const nothing = { lookup: () => undefined, children: () => [] };
  expect(paths(await copied(request(CONTEXT, 'a /'), nothing))).toEqual(['a = A']);
});

test('a plan opens no file before its bytes are read', async () => {
  const source = tree({ 'd/a': 'A', 'd/b': 'B' });
  const { members } = await planCopy(request(source, 'd /t'), tree({}));
  for await (const { header, body } of members) {
    if (Buffer.from(header.path).toString() === 't/a') for await (const _ of body!);
  }
  expect(source.opened).toEqual(['d/a']);
});

test('a cancelled plan stops', async () => {
  const signal = AbortSignal.abort();
  await expect(planCopy(request(CONTEXT, 'dir /t'), tree({}), { signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  const stopped = new AbortController();
  const { members } = await planCopy(request(CONTEXT, 'dir /t'), tree({}), { signal: stopped.signal });
  const entries = members[Symbol.asyncIterator]();
  await entries.next();
  stopped.abort();
  await expect(entries.next()).rejects.toMatchObject({ code: 'cancelled' });
});

test('a deep tree is copied', async () => {
  const deep = `${'d/'.repeat(400)}file`;
  const { lines } = await copied(request(tree({ [deep]: 'x' }), 'd /t'));
  expect(lines).toHaveLength(401);
});
